from odoo import api, fields, models
from odoo.tools import SQL

DECISIONS = [
    ("retry", "Send again"),
    ("resend", "Send anew from the record"),
    ("confirm_done", "Done there"),
    ("send_again", "Not done there, send again"),
    ("take_back", "Take back"),
    ("ask", "Ask now"),
    ("close", "Close"),
]
SENDING = {"retry", "resend", "send_again", "take_back"}
"""Decisions after which the platform may do something, money included."""


class HospitalMessage(models.Model):
    """What a person may decide about a message, and why not: asked by the buttons, by the preview, and once more before
    the decision is carried out."""

    _inherit = "hospital.message"

    can_retry = fields.Boolean(compute="_compute_choices")
    can_resend = fields.Boolean(compute="_compute_choices")
    can_confirm_done = fields.Boolean(compute="_compute_choices")
    can_send_again = fields.Boolean(compute="_compute_choices")
    can_take_back = fields.Boolean(compute="_compute_choices")
    can_ask = fields.Boolean(compute="_compute_choices")
    can_close = fields.Boolean(compute="_compute_choices")

    # === COMPUTE ===

    @api.depends("state", "reply_state", "is_attention", "reversal_ids.state")
    def _compute_choices(self):
        for decision, _label in DECISIONS:
            refusals = self._refusals(decision)
            for message in self:
                message[f"can_{decision}"] = message._origin.id not in refusals

    # === BUSINESS ===

    def _refusals(self, decision):
        """{id: why this decision cannot be taken} of those that cannot."""
        check = getattr(self, f"_refusal_{decision}")
        labels = dict(self._fields["state"]._description_selection(self.env))
        replaced = self._replaced_ids() if decision in ("retry", "resend", "send_again") else ()
        setup = {platform: self._setup_sentence(platform) for platform in self.platform_id}
        found = {}
        for message in self:
            sentence = message._refusal_of_all(decision, labels) or check(message, labels[message.state])
            if not sentence and message.id in replaced:
                sentence = self.env._("A newer message about the same has taken its place.")
            if not sentence and decision in SENDING | {"ask"} and not message._is_handing_over(decision):
                sentence = setup[message.platform_id]
            if sentence:
                found[message._origin.id] = sentence
        return found

    def _replaced_ids(self):
        self.env["hospital.message"].flush_model(["interface_id", "key_base", "state"])
        query = SQL(
            """SELECT message.id FROM hospital_message AS message
                 JOIN hospital_interface AS interface ON interface.id = message.interface_id
                WHERE message.id = ANY(%s) AND interface.effect <> 'read' AND EXISTS (
                    SELECT FROM hospital_message AS newer WHERE newer.interface_id = message.interface_id
                       AND newer.key_base = message.key_base AND newer.id > message.id)""",
            self.ids,
        )
        return {row[0] for row in self.env.execute_query(query)}

    def _setup_sentence(self, platform):
        error = platform._setup_error()
        return error and error.sentence

    def _is_handing_over(self, decision):
        return decision == "retry" and self.reply_state == "failed"

    def _refusal_of_all(self, decision, labels):
        if self.direction == "in" and decision != "close":
            return self.env._("The platform called us: only the platform can repeat it.")
        if self.state in ("pending", "sending", "retry"):
            return self.env._("It is “%s”: it goes on by itself.", labels[self.state])
        return None

    @staticmethod
    def _refusal_retry(message, state):
        if message.state in ("refused", "dead") or message.reply_state == "failed":
            return None
        return message.env._("It is “%s”: only what was refused or given up is sent again.", state)

    @staticmethod
    def _refusal_resend(message, state):
        if message.state not in ("refused", "dead"):
            return message.env._("It is “%s”: only what was refused or given up is sent anew.", state)
        if message.reversal_of_id:
            return message.env._("It takes another message back: send it again as it is.")
        if not message._record():
            return message.env._("The record it is about is gone: there is nothing to build it from.")
        return None

    @staticmethod
    def _refusal_confirm_done(message, state):
        if message.state != "unknown":
            return message.env._("It is “%s”: this is for messages without an answer.", state)
        return None

    @staticmethod
    def _refusal_send_again(message, state):
        if message.state != "unknown":
            return message.env._("It is “%s”: this is for messages without an answer.", state)
        if message.caller_state:
            return message.env._("A person waited for the answer. Close it; it is done again there if still wanted.")
        if message._taking_back():
            return message.env._("It is being taken back just now.")
        return None

    @staticmethod
    def _refusal_take_back(message, state):
        if message.state not in ("done", "unknown"):
            return message.env._("It is “%s”: there is nothing to take back.", state)
        if not message.interface_id.reversal_interface_id or message.reversal_of_id:
            return message.env._("The platform has no way to take it back.")
        if taking := message.reversal_ids.filtered(lambda other: other.state != "closed")[:1]:
            return message.env._("Message %s takes it back already.", taking.number)
        return None

    @staticmethod
    def _refusal_ask(message, state):
        if message.state != "unknown":
            return message.env._("It is “%s”: this is for messages without an answer.", state)
        if not message.interface_id.query_interface_id:
            return message.env._("The platform cannot be asked. Look at its own screen.")
        return None

    @staticmethod
    def _refusal_close(message, state):
        if message.state in ("unknown", "refused", "dead") or message.is_attention or message.reply_state == "failed":
            return None
        return message.env._("It is “%s”: there is nothing left to close.", state)

    def _taking_back(self):
        return self.reversal_ids.filtered(lambda other: other.state not in ("refused", "dead", "closed"))
