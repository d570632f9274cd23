from datetime import UTC

from odoo import fields, models
from odoo.exceptions import UserError

TURNS = ("turnPaper", "reTurnPaper")
QUESTION = "paper_state"
NEVER_LEFT = ("config", "network")


class HospitalInvoice(models.Model):
    """Electronic bill to paper form: once, and again with the next form when a sheet was spoilt."""

    _inherit = "hospital.invoice"

    def _turn_paper(self, paper):
        """Put this bill on the form; the first time, or in place of a spoilt one. The answer comes by itself.

        The form is taken at once, so that nobody else takes it, and is blank again when the platform refuses.
        """
        self.ensure_one()
        self._check_decider()
        self._lock()
        if self.colour != "blue" or self.is_voucher or self.state not in ("issued", "on_paper"):
            raise UserError(self.env._("%s is not issued, so it cannot be put on paper.", self.number))
        if self.next_paper_id:
            raise UserError(self.env._("%s is being put on a form already. Wait for the answer.", self.number))
        _self_sudo = self.sudo()  # nobody writes bills, who decides was checked just now
        paper = paper.sudo()
        paper._use(_self_sudo, self.env._("Exchanged again") if self.state == "on_paper" else self.env._("Exchanged"))
        zone = self.company_id._hospital_timezone()
        now = fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone)
        _self_sudo.write({"next_paper_id": paper.id, "turn_time": f"{now:%Y%m%d%H%M%S}000", "issue_error": False})
        service = "reTurnPaper" if self.state == "on_paper" else "turnPaper"
        _self_sudo._send_turn(service)

    def _send_turn(self, service):
        paper = self.next_paper_id
        message = self._interface(service).sudo()._queue(self, key=f"{self.number}:{paper.batch}:{paper.number}")
        if message.state in ("refused", "dead"):
            self._look_at_turning(message)

    def _handle_turned(self, message, reply):
        self._lock()
        paper = self.next_paper_id
        if not paper:
            return
        if self.paper_id:
            self.paper_id.write(
                {"state": "void", "at": fields.Datetime.now(), "user_id": paper.user_id.id,
                 "reason": self.env._("Replaced by %s", paper.number)}
            )  # fmt: skip
        self.write(
            {"paper_id": paper.id, "next_paper_id": False, "turn_time": False, "is_asking": False, "issue_error": False}
        )
        if self.state == "issued":
            self._step("on_paper")

    _handle_turnpaper = _handle_returnpaper = _handle_turned

    def _look_at_turning(self, message=None):
        """What the platform refuses it may have done before: a no is believed once it says on which form the bill is."""
        message = message or self._last_message()
        if message.interface_id.code not in (*TURNS, QUESTION):
            return
        in_words = message.state == "done" and message.reply_state not in ("waiting", "failed")
        if not in_words and message.state not in ("refused", "dead", "closed"):
            return
        if self.is_asking or message.error_kind in NEVER_LEFT:
            self._not_turned(self.issue_error or message.error_sentence)
        else:
            self.write({"is_asking": True, "issue_error": message.error_sentence})
            self._send(QUESTION)

    def _handle_paper_state(self, message, reply):
        self._lock()
        if not self.next_paper_id:
            return
        if message.interface_id._found_paper_state(reply):
            self._handle_turned(message, reply)
        else:
            self._not_turned(self.issue_error)

    def _not_turned(self, sentence):
        """The form is blank again, and the bill says why."""
        paper = self.next_paper_id
        sentence = sentence or self.env._("The platform says that this bill is not on the form %s.", paper.number)
        self.write({"next_paper_id": False, "turn_time": False, "is_asking": False, "issue_error": sentence})
        paper.write({"state": "blank", "invoice_id": False, "user_id": False, "at": False, "reason": False})
