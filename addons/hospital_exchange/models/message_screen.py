from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .message_choices import DECISIONS

MOST = 5000
ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class HospitalMessage(models.Model):
    """What the screens of a message need beside its columns."""

    _inherit = "hospital.message"

    search_text = fields.Char("Number, key or record", compute="_compute_search_text", search="_search_search_text")
    what_to_do = fields.Text("What to do", compute="_compute_what_to_do")
    tone = fields.Char(compute="_compute_what_to_do")
    can_open_record = fields.Boolean(compute="_compute_can_open_record")

    _number_index = models.Index("(number text_pattern_ops)")
    _remote_ref_index = models.Index("(remote_ref text_pattern_ops) WHERE remote_ref IS NOT NULL")
    _record_name_index = models.Index("(record_name text_pattern_ops) WHERE record_name IS NOT NULL")

    # === COMPUTE ===

    def _compute_search_text(self):
        self.search_text = False

    @api.model
    def _search_search_text(self, operator, value):
        """What a person has in hand: our number, theirs, the key, how the name of the record begins, or a platform.

        Each is looked up in its own index, so the search box stays fast however many messages there are.
        """
        if operator not in ("ilike", "=ilike", "like", "=like") or not isinstance(value, str) or not value.strip():
            return NotImplemented
        text = value.strip()
        prefix = text.translate(ESCAPED) + "%"
        interfaces = self.env["hospital.interface"].with_context(active_test=False)._search([])
        found = SQL(
            """SELECT id FROM hospital_message WHERE number LIKE %(prefix)s
               UNION ALL SELECT id FROM hospital_message WHERE remote_ref LIKE %(prefix)s
               UNION ALL SELECT id FROM hospital_message WHERE record_name LIKE %(prefix)s
               UNION ALL SELECT message.id FROM (%(interfaces)s) AS interface
                   JOIN hospital_message AS message ON message.interface_id = interface.id
                    AND message.key_base = %(text)s""",
            prefix=prefix,
            text=text,
            interfaces=interfaces.select(),
        )
        platforms = self._platforms_named(text)
        return Domain("id", "in", found) | Domain("platform_id", "in", platforms)

    def _platforms_named(self, text):
        """Ids by name, code or initials; none for a number, so that it is looked up by number alone."""
        if text.isdigit():
            return []
        return (
            self.env["hospital.platform"].with_context(active_test=False).search([("display_name", "ilike", text)]).ids
        )

    @api.depends("state", "error_kind", "reply_state", "is_attention")
    def _compute_what_to_do(self):
        for message in self:
            message.tone, message.what_to_do = message._advice()

    @api.depends("res_model", "res_id")
    def _compute_can_open_record(self):
        for message in self:
            record = message._record()
            message.can_open_record = bool(record) and record.has_access("read")

    # === ACTIONS ===

    def action_decide(self):
        """Open the window in which a person decides; `decision` in the context says what is wanted."""
        if not self:
            raise UserError(self.env._("Choose at least one message."))
        if len(self) > MOST:
            raise UserError(self.env._("Choose at most %s messages at once.", MOST))
        wanted = self.env.context.get("decision")
        free = wanted not in dict(DECISIONS)
        wizard = self.env["hospital.message.decision"].create(
            {
                "decision": self._likely_decision() if free else wanted,
                "is_free": free,
                "message_ids": [fields.Command.set(self.ids)],
            }
        )
        return wizard._open()

    def _likely_decision(self):
        states = set(self.mapped("state"))
        if states <= {"unknown"}:
            return "ask" if self.interface_id.query_interface_id else "confirm_done"
        return "retry"

    def action_read_bodies(self):
        """The window asks for the bodies itself, so that what was read is what was logged."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "hospital_exchange_bodies",
            "params": {"message_id": self.id, "number": self.number},
        }

    def action_open_reversals(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_message")
        action.update(domain=[("reversal_of_id", "=", self.id)], context={})
        return action

    def action_open_record(self):
        self.ensure_one()
        if not self.can_open_record:
            raise UserError(self.env._("The record of message %s is gone, or your role does not show it.", self.number))
        return super().action_open_record()

    # === ADVICE ===

    def _advice(self):
        """(tone, sentence): what the person who looks at this message does now."""
        if self.reply_state == "failed":
            return "danger", self.env._(
                "The platform has done this. IT reads the detail and puts our record right; “Hand over again” then "
                "gives it the stored answer. Nothing is sent again."
            )
        if self.state == "done":
            return self._advice_done()
        waits = {
            "pending": self.env._("Nothing. It goes out by itself."),
            "sending": self.env._("Nothing. It is on its way just now."),
            "retry": self.env._("Nothing. It is tried again by itself."),
            "closed": self.env._("Nothing. A person has closed it."),
        }
        if self.state in waits:
            return "info", waits[self.state]
        if self.state == "unknown":
            return self._advice_unknown()
        if not self.is_attention:
            return "info", self.env._("Nothing. Whoever waited knows, or a newer message has taken its place.")
        return "danger", self._advice_failed()

    def _advice_done(self):
        if self.is_attention:
            return "danger", self.env._(
                "The platform has done this, but the work here was not saved. Settle it with the platform, then "
                "close the message."
            )
        return "success", self.env._("Nothing. The platform has done this.")

    def _advice_unknown(self):
        if not self.is_attention:
            return "warning", self.env._("Nothing yet. The system is finding out whether it was done.")
        return "danger", self.env._(
            "Look at the platform's own screen whether it was done, then choose “Done there” or “Not done there”. "
            "Do not guess: sent twice is done twice."
        )

    def _advice_failed(self):
        if self.direction == "in":
            return self.env._("The platform called us and was refused. Tell the platform what is wrong with its call.")
        return {
            "config": self.env._(
                "The interface administrator completes the set-up (code map, certificate, address), then “Send again”."
            ),
            "network": self.env._(
                "Find out what is wrong with the line, then “Send again”. It was surely not done there."
            ),
            "bug": self.env._("IT reads the detail. It was surely not sent, so it can be sent again once it is fixed."),
            "unknown": self.env._("Find out why the platform gives no answer, then “Send again”: that is harmless."),
        }.get(
            self.error_kind,
            self.env._(
                "Correct what the platform complains about. “Send anew” builds it from the corrected record, “Send "
                "again” repeats the same message."
            ),
        )
