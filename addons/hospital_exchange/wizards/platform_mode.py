from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.platform import MODES


class HospitalPlatformMode(models.TransientModel):
    """What changing the mode of a platform means, before it is done: production is for real."""

    _name = "hospital.platform.mode"
    _description = "Change of mode"

    platform_id = fields.Many2one("hospital.platform", required=True, readonly=True, ondelete="cascade")
    mode = fields.Selection(MODES, required=True, readonly=True)
    mode_before = fields.Selection(related="platform_id.mode", string="Mode now")
    address = fields.Char(compute="_compute_check")
    waiting_count = fields.Integer("Messages that wait", related="platform_id.waiting_count")
    missing = fields.Text(compute="_compute_check")
    is_serious = fields.Boolean(compute="_compute_check")
    confirmed = fields.Boolean("From now on this is for real")

    @api.depends("platform_id", "mode")
    def _compute_check(self):
        for wizard in self:
            platform = wizard.platform_id
            wizard.is_serious = wizard.mode == "production"
            wizard.address = platform[f"url_{wizard.mode}"] if wizard.mode in ("test", "production") else False
            wizard.missing = "\n".join(wizard._missing())

    def _missing(self):
        """Sentences about what is not set up yet for the new mode."""
        platform = self.platform_id
        if self.mode not in ("test", "production"):
            return
        if not self.address:
            yield self.env._("There is no address for this mode. Enter it in the form first.")
        _secrets_sudo = platform.sudo().secret_ids  # whether a secret is set is no secret to who sets up platforms
        for secret in _secrets_sudo.filtered(lambda one: one.mode in (False, self.mode) and not one.value_encrypted):
            yield self.env._("The secret “%s” is not entered.", secret.name)
        if platform.certificate_ends_at and platform.certificate_ends_at < fields.Datetime.now():
            yield self.env._("The certificate has expired.")
        if not platform.owner_id:
            yield self.env._("Nobody is told when something is wrong. Enter who is responsible.")

    def action_confirm(self):
        self.ensure_one()
        if self.is_serious and not self.confirmed:
            raise UserError(self.env._("Tick that it is for real from now on."))
        self.platform_id.mode = self.mode
        return {"type": "ir.actions.act_window_close"}
