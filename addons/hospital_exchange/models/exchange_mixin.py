from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

WORST_FIRST = ("failed", "unknown", "waiting", "done")


class HospitalExchangeMixin(models.AbstractModel):
    """For business documents that go out to platforms: what became of their messages, and the way to send one."""

    _name = "hospital.exchange.mixin"
    _description = "Sends messages to platforms"

    exchange_message_ids = fields.One2many(
        "hospital.message",
        "res_id",
        "Messages to platforms",
        domain=lambda self: [("res_model", "=", self._name)],
        groups="hospital_exchange.group_exchange_operator",
    )
    exchange_message_count = fields.Integer("Number of messages", compute="_compute_exchange", compute_sudo=True)
    exchange_state = fields.Selection(
        [
            ("none", "Nothing sent"),
            ("done", "Done"),
            ("waiting", "Under way"),
            ("unknown", "No answer yet"),
            ("failed", "Failed"),
        ],
        "Transmission",
        compute="_compute_exchange",
        search="_search_exchange_state",
        compute_sudo=True,
        help="The worst state of the messages about this record.",
    )
    exchange_banner = fields.Char("What happened", compute="_compute_exchange", compute_sudo=True)

    # === COMPUTE ===

    def _compute_exchange(self):
        """The newest message of each key counts: what was replaced or taken up again says nothing any more."""
        rows = self._exchange_rows(self.ids)
        for record in self:
            own = rows.get(record.id, [])
            states = [state for state, _sentence in own]
            worst = next((state for state in WORST_FIRST if state in states), "none")
            record.exchange_message_count = len(own)
            record.exchange_state = worst
            record.exchange_banner = next(
                (sentence for state, sentence in own if state == worst and worst in ("failed", "unknown")), False
            )

    def _exchange_rows(self, ids):
        """{record id: [(state in the words of the document, sentence)]}, newest first."""
        query = SQL(
            """SELECT DISTINCT ON (res_id, interface_id, key_base) id, res_id, error_sentence,
                      CASE WHEN state IN ('refused', 'dead') OR reply_state = 'failed' THEN 'failed'
                           WHEN state = 'unknown' THEN 'unknown'
                           WHEN state IN ('done', 'closed') THEN 'done' ELSE 'waiting' END
                 FROM hospital_message WHERE res_model = %s AND res_id = ANY(%s) AND direction = 'out'
                ORDER BY res_id, interface_id, key_base, id DESC""",
            self._name,
            list(ids),
        )
        rows = {}
        for _id, res_id, sentence, state in sorted(self.env.execute_query(query), reverse=True):
            rows.setdefault(res_id, []).append((state, sentence or False))
        return rows

    def _search_exchange_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        query = SQL(
            "SELECT DISTINCT res_id FROM hospital_message WHERE res_model = %s AND direction = 'out'", self._name
        )
        ids = [row[0] for row in self.env.execute_query(query)]
        rows = self._exchange_rows(ids)
        worst = {
            key: next(state for state in WORST_FIRST if state in [state for state, _sentence in own])
            for key, own in rows.items()
        }
        domain = [("id", "in", [key for key, state in worst.items() if state in value])]
        return ["|", ("id", "not in", list(worst)), *domain] if "none" in value else domain

    # === ACTIONS ===

    def action_exchange_messages(self):
        """Open the messages about this record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages to platforms"),
            "res_model": "hospital.message",
            "view_mode": "list,form",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }

    def action_exchange_retry(self):
        """Build and send again what the platform refused or what never got through; for whoever may edit the record."""
        self.ensure_one()
        self.check_access("write")
        _messages_sudo = self.env["hospital.message"].sudo()  # rights on the record were checked just now
        failed = _messages_sudo.search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("state", "in", ("refused", "dead")),
             ("direction", "=", "out"), ("reversal_of_id", "=", False)],
        )  # fmt: skip
        newest = failed.filtered(lambda message: message.interface_id._same_call(message.key_base) == message)
        newest = newest.filtered(lambda message: message.interface_id.timing != "now")
        if not newest:
            raise UserError(self.env._("Nothing of this waits to be sent again. Open the messages to see why."))
        for message in newest:
            message.interface_id.with_env(self.env)._queue(self, key=message.key_base)

    # === BUSINESS ===

    def _exchange_name(self):
        """How messages name this record; addons keep names of patients out of it."""
        return self.display_name

    def _last_message(self, code=None):
        """The newest message about this record, of any interface or of the one with this code."""
        self.ensure_one()
        _messages_sudo = self.env["hospital.message"].sudo()  # documents follow their messages, whoever works on them
        about = [("res_model", "=", self._name), ("res_id", "=", self.id), ("direction", "=", "out")]
        if code:
            about.append(("interface_id.code", "=", code))
        return _messages_sudo.search(about, order="id desc", limit=1)

    def _exchange_interface(self, code):
        """`code` is that of the interface, or "platform.interface" where several platforms have the code."""
        platform, _dot, interface = code.rpartition(".")
        domain = [("code", "=", interface), *([("platform_id.code", "=", platform)] if platform else [])]
        _found_sudo = self.env["hospital.interface"].sudo().search(domain)  # clerks send without reading interfaces
        found = _found_sudo.filtered(lambda found: found.platform_id.company_id == self.env.company) or _found_sudo
        if len(found) != 1:
            raise UserError(self.env._("The interface %s is not set up. Ask the interface administrator.", code))
        return found.with_env(self.env)

    def _exchange_send(self, code, **options):
        """Queue a message per record; gives the messages."""
        return self._exchange_interface(code).sudo()._queue(self, **options)

    def _exchange_call(self, code, **options):
        """Call at once for this record; gives the reply, raises ExchangeError."""
        self.ensure_one()
        return self._exchange_interface(code)._call(self, **options)
