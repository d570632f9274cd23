import logging

import psycopg2
from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..models.message_choices import DECISIONS, SENDING
from ..tools.errors import ExchangeError

_logger = logging.getLogger(__name__)

CHUNK = 100
"""Messages per request of a decision about many: each request is a transaction of its own."""
SHOWN = 200
EXAMPLES = 5
METHODS = {
    "retry": "_retry",
    "resend": "_resend",
    "confirm_done": "_confirm_done",
    "send_again": "_send_again",
    "take_back": "_take_back",
    "close": "_close",
}


class HospitalMessageDecision(models.TransientModel):
    """A person decides about one message or many: what can be decided, what it means in money, why, and what came of it."""

    _name = "hospital.message.decision"
    _description = "Decision about messages"

    decision = fields.Selection(DECISIONS, required=True)
    is_free = fields.Boolean("The person chooses", readonly=True)
    explanation = fields.Text(compute="_compute_explanation")
    reason = fields.Char()
    message_ids = fields.Many2many("hospital.message", string="Messages", readonly=True)
    total_count = fields.Integer("Chosen", compute="_compute_preview")
    possible_count = fields.Integer("Can be decided", compute="_compute_preview")
    amounts = fields.Char("Amount", compute="_compute_preview")
    asks_for_money = fields.Boolean(compute="_compute_preview")
    asks_for_reason = fields.Boolean(compute="_compute_explanation")
    blocked = fields.Html(compute="_compute_preview", sanitize=False)
    money_confirmed = fields.Boolean("I have checked the amount")

    state = fields.Selection([("choose", "To decide"), ("result", "Decided")], default="choose", readonly=True)
    left_ids = fields.Json(readonly=True)
    done_count = fields.Integer(readonly=True)
    failures = fields.Json(readonly=True)
    failed_count = fields.Integer(compute="_compute_result")
    result = fields.Html(compute="_compute_result", sanitize=False)

    # === COMPUTE ===

    @api.depends("decision", "message_ids")
    def _compute_explanation(self):
        texts = {
            "retry": self.env._(
                "The same message goes out again under the same number. What could not be handed over is handed over "
                "again, and nothing is sent."
            ),
            "resend": self.env._(
                "The message is closed and a new one is built from the record as it is now, under a new number."
            ),
            "confirm_done": self.env._("You have seen on the platform's own screen that it was done. Nothing is sent."),
            "send_again": self.env._(
                "You have seen on the platform's own screen that it was not done. The same message goes out again."
            ),
            "take_back": self.env._("The platform is told to take back what it did."),
            "ask": self.env._("The platform is asked now whether it was done. Nothing is sent twice."),
            "close": self.env._("Nothing more is done about it. What has to be put right is put right by hand."),
        }
        for wizard in self:
            wizard.explanation = texts.get(wizard.decision)
            wizard.asks_for_reason = wizard.decision != "ask"

    @api.depends("decision", "message_ids")
    def _compute_preview(self):
        for wizard in self:
            messages = wizard._messages()
            refusals = messages._refusals(wizard.decision) if wizard.decision else {}
            possible = messages.filtered(lambda message: message.id not in refusals)
            amounts = wizard._amounts(possible)
            wizard.total_count = len(messages)
            wizard.possible_count = len(possible)
            wizard.amounts = " + ".join(amounts)
            wizard.asks_for_money = bool(amounts) and wizard.decision in SENDING and bool(wizard._sent(possible))
            wizard.blocked = wizard._grouped(refusals)

    @api.depends("failures")
    def _compute_result(self):
        for wizard in self:
            failures = {int(key): sentence for key, sentence in (wizard.failures or {}).items()}
            wizard.failed_count = len(failures)
            wizard.result = wizard._listed(failures)

    # === ACTIONS ===

    def action_confirm(self):
        """Decide at once about a few; about many the client goes on chunk by chunk and shows how far it is."""
        self.ensure_one()
        self._check_ready()
        self.write({"left_ids": self._messages().ids, "done_count": 0, "failures": {}})
        if self.total_count > CHUNK:
            return {
                "type": "ir.actions.client",
                "tag": "hospital_exchange_decide",
                "params": {"wizard_id": self.id, "total": self.total_count},
            }
        self.decide_some()
        return self.finish()

    def decide_some(self):
        """Decide about the next chunk; gives how many are left."""
        self.ensure_one()
        self._check_ready()
        ids = self.left_ids or []
        now, later = ids[:CHUNK], ids[CHUNK:]
        messages = self.env["hospital.message"].browse(now).exists()
        failures = {str(key): sentence for key, sentence in messages._refusals(self.decision).items()}
        for message in messages:
            if str(message.id) not in failures and (sentence := self._decide(message)):
                failures[str(message.id)] = sentence
        done = len(messages) - len(failures)
        self.write(
            {
                "left_ids": later,
                "done_count": self.done_count + done,
                "failures": {**(self.failures or {}), **failures},
            }
        )
        return len(later)

    def finish(self):
        """A notification when all went well, else the list of what did not."""
        self.ensure_one()
        self.state = "result"
        if self.failures or self.left_ids:
            return self._open()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self._label(),
                "message": self.env._("Decided about %s messages.", self.done_count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open_failed(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_message")
        ids = [int(key) for key in self.failures or {}] + (self.left_ids or [])
        action.update(domain=[("id", "in", ids)], context={}, target="main")
        return action

    # === BUSINESS ===

    def _messages(self):
        return self.message_ids._origin.sorted("id")

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide about messages") if self.is_free else self._label(),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    def _label(self):
        return dict(self._fields["decision"]._description_selection(self.env)).get(self.decision)

    def _check_ready(self):
        if not self.env.user.has_group("hospital_exchange.group_exchange_operator"):
            raise AccessError(self.env._("Only interface operators decide about messages. Ask IT."))
        if self.asks_for_reason and not (self.reason or "").strip():
            raise UserError(self.env._("Enter the reason for this decision."))
        if self.asks_for_money and not self.money_confirmed:
            raise UserError(self.env._("Tick that you have checked the amount: %s may be moved.", self.amounts))
        if not self.possible_count and self.state == "choose" and not self.left_ids:
            raise UserError(self.env._("None of the chosen messages can take this step. See below why."))

    def _decide(self, message):
        """None, or the sentence why it could not be carried out; the others go on either way."""
        try:
            with self.env.cr.savepoint():
                if self.decision == "ask":
                    message._ask()
                else:
                    getattr(message, METHODS[self.decision])(self.reason.strip())
        except ExchangeError as error:
            return error.sentence or self.env._("It could not be built. IT must look at the interface.")
        except UserError as error:
            return str(error)
        except psycopg2.OperationalError:
            raise  # somebody else has the row: the whole request is run again
        except Exception as error:  # noqa: BLE001 a record that cannot be built must not hold up the others
            _logger.error("message %s: the decision could not be carried out (%s)", message.id, type(error).__name__)
            return self.env._("The system made a mistake with this message. IT must look at it.")
        return None

    def _sent(self, messages):
        """Those that would reach the platform again."""
        return messages.filtered(lambda message: message.amount and not message._is_handing_over(self.decision))

    def _amounts(self, messages):
        sums = {}
        for message in self._sent(messages):
            sums[message.currency_id] = sums.get(message.currency_id, 0.0) + abs(message.amount)
        return [format_amount(self.env, amount, currency) for currency, amount in sums.items() if currency]

    def _grouped(self, refusals):
        """Why some cannot: a line per sentence with how many and which."""
        if not refusals:
            return False
        groups = {}
        for message in self.env["hospital.message"].browse(refusals):
            groups.setdefault(refusals[message.id], []).append(message.number or message.key)
        rows = Markup().join(
            Markup("<tr><td class='text-end pe-3'>%s</td><td>%s</td><td class='text-muted'>%s</td></tr>")
            % (len(numbers), sentence, ", ".join(numbers[:EXAMPLES]) + ("…" if len(numbers) > EXAMPLES else ""))
            for sentence, numbers in sorted(groups.items(), key=lambda group: -len(group[1]))
        )
        return Markup("<table class='table table-sm mb-0'>%s</table>") % rows

    def _listed(self, failures):
        if not failures:
            return False
        messages = self.env["hospital.message"].browse(list(failures)[:SHOWN])
        rows = Markup().join(
            Markup("<tr><td><a href='/odoo/hospital.message/%s'>%s</a></td><td>%s</td><td>%s</td></tr>")
            % (message.id, message.number or message.key, message.record_name or "", failures[message.id])
            for message in messages.exists()
        )
        return Markup("<table class='table table-sm mb-0'>%s</table>") % rows
