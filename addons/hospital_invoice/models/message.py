from odoo import models
from odoo.exceptions import LockError

from odoo.addons.hospital_exchange.tools.momentary import is_momentary

OURS = "hospital.invoice"
FOLLOWERS = (OURS, "hospital.invoice.batch")
ENDS = ("refused", "dead", "closed")


class HospitalMessage(models.Model):
    """Bills follow their messages: an answer is handed to them by the engine, the rest is seen to here."""

    _inherit = "hospital.message"

    def _step(self, state, *args, **kwargs):
        result = super()._step(state, *args, **kwargs)
        if result is not None and state in ENDS and self.res_model in FOLLOWERS:
            self.env[OURS]._wake()
        return result

    def _after_send(self):
        """A no, or no certain answer: the bill says so at once. Should that fail the scheduled action does it."""
        failed = self.res_model in FOLLOWERS and self.state in (*ENDS, "unknown")
        super()._after_send()
        if not failed:
            return
        try:
            with self.env.cr.savepoint():
                self._record()._follow()
        except Exception as error:
            if is_momentary(error) and not isinstance(error, LockError):
                raise
            self.env[OURS]._wake()

    def _settle_absent(self):
        """Surely not there, and the payment was undone meanwhile: it is not sent again."""
        bill = self._record() if self.res_model == OURS else None
        if not bill or self.caller_state or bill.is_current or bill.colour == "red" or bill.next_paper_id:
            return super()._settle_absent()
        sentence = self.env._("The payment was undone before this was done there.")
        return self._step("refused", told=True, error_sentence=sentence)

    def _confirm_done(self, reason):
        result = super()._confirm_done(reason)
        if set(FOLLOWERS) & set(self.mapped("res_model")):
            self.env[OURS]._wake()
        return result
