from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError

NIGHT = time(2, 0)


class HospitalInterface(models.Model):
    """What the screens of an interface need: its messages, and sending by schedule or by a button without code."""

    _inherit = "hospital.interface"

    attention_count = fields.Integer("Need somebody", compute="_compute_attention_count")
    schedule_id = fields.Many2one("ir.cron", compute="_compute_triggers", compute_sudo=True)
    schedule_at = fields.Datetime("Sent next", compute="_compute_triggers", compute_sudo=True)
    button_id = fields.Many2one("ir.actions.server", compute="_compute_triggers", compute_sudo=True)
    is_outgoing = fields.Boolean(compute="_compute_is_outgoing")

    # === COMPUTE ===

    def _compute_attention_count(self):
        counts = dict(
            self.env["hospital.message"]._read_group(
                [("is_attention", "=", True), ("platform_id", "in", self.platform_id.ids)],
                ["interface_id"],
                ["__count"],
            )
        )
        for interface in self:
            interface.attention_count = counts.get(interface._origin, 0)

    @api.depends("direction")
    def _compute_is_outgoing(self):
        for interface in self:
            interface.is_outgoing = interface.direction in ("out", "table", "file")

    def _compute_triggers(self):
        actions = self.env["ir.actions.server"].search(
            [("state", "=", "exchange"), ("exchange_interface_id", "in", self._origin.ids)]
        )
        crons = self.env["ir.cron"].search([("ir_actions_server_id", "in", actions.ids)])
        for interface in self:
            own = actions.filtered(lambda action: action.exchange_interface_id == interface._origin)
            interface.schedule_id = crons.filtered(lambda cron: cron.ir_actions_server_id in own)[:1]
            interface.schedule_at = interface.schedule_id.nextcall
            interface.button_id = own.filtered("binding_model_id")[:1]

    # === ACTIONS ===

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_message")
        attention = self.env.context.get("exchange_filter") == "attention"
        action["context"] = {"search_default_attention": 1} if attention else {}
        action["domain"] = [("interface_id", "=", self.id)]
        action["display_name"] = action["name"] = self.display_name
        return action

    def action_make_schedule(self):
        """Every night at two in the time of the hospital; the scheduled action can be changed afterwards."""
        self.ensure_one()
        self._check_makeable()
        if self.schedule_id:
            raise UserError(self.env._("%s is sent by schedule already.", self.name))
        _crons_sudo = self.env["ir.cron"].sudo()  # who sets up an interface need not be allowed to make schedules
        _crons_sudo.create(
            {
                "name": self.env._("Send: %s", self.display_name),
                "model_id": self.model_id.id,
                "state": "exchange",
                "exchange_interface_id": self.id,
                "user_id": self.env.ref("base.user_root").id,
                "interval_number": 1,
                "interval_type": "days",
                "nextcall": self._next_night(),
            }
        )
        self.timing = "scheduled"
        self.invalidate_recordset(["schedule_id", "schedule_at"])
        return self._made(self.env._("Sent every night from now on, the records that its domain finds."))

    def action_drop_schedule(self):
        self.ensure_one()
        self.check_access("write")
        _schedule_sudo = self.sudo().schedule_id
        action = _schedule_sudo.ir_actions_server_id
        _schedule_sudo.unlink()
        action.unlink()
        self.invalidate_recordset(["schedule_id", "schedule_at"])
        return self._made(self.env._("It is not sent by schedule any more."))

    def action_make_button(self):
        """An entry in the action menu of the source model, in its list and its form."""
        self.ensure_one()
        self._check_makeable()
        if self.button_id:
            raise UserError(self.env._("%s has its button already.", self.model_id.name))
        _actions_sudo = self.env["ir.actions.server"].sudo()  # who sets up an interface need not make server actions
        _actions_sudo.create(
            {
                "name": self.name,
                "model_id": self.model_id.id,
                "binding_model_id": self.model_id.id,
                "state": "exchange",
                "exchange_interface_id": self.id,
            }
        )
        self.invalidate_recordset(["button_id"])
        return self._made(self.env._("The action menu of “%s” has it now.", self.model_id.name))

    def action_drop_button(self):
        self.ensure_one()
        self.check_access("write")
        self.sudo().button_id.unlink()
        self.invalidate_recordset(["button_id"])
        return self._made(self.env._("The action menu of “%s” has it no more.", self.model_id.name))

    # === BUSINESS ===

    def _check_makeable(self):
        self.check_access("write")
        if not self.is_outgoing:
            raise UserError(self.env._("Only calls that go out are sent. %s is not one of them.", self.name))
        if not self.model_id:
            raise UserError(self.env._("Choose the source model first: the records that are sent."))

    def _next_night(self):
        zone = self.env.company._hospital_timezone()
        now = datetime.now(zone)
        night = zone.localize(datetime.combine(now.date(), NIGHT))
        if night <= now:
            night = zone.localize(datetime.combine(now.date() + timedelta(days=1), NIGHT))
        return night.astimezone(pytz.utc).replace(tzinfo=None)

    def _made(self, text):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
