from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import vault
from ..tools.errors import ExchangeError
from .platform import MODES


class HospitalSecret(models.Model):
    """A password or key of a platform: encrypted at rest, written but never shown."""

    _name = "hospital.secret"
    _description = "Secret of a platform"
    _inherit = ["hospital.door.part"]
    _order = "platform_id, name, id"

    platform_id = fields.Many2one("hospital.platform", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    name = fields.Char(required=True)
    mode = fields.Selection(MODES[1:], help="Empty: for every mode.")
    value = fields.Char(compute="_compute_value", inverse="_inverse_value", copy=False, exportable=False)
    value_encrypted = fields.Text(groups=fields.NO_ACCESS, copy=False)
    is_set = fields.Boolean(compute="_compute_is_set", compute_sudo=True)
    set_at = fields.Datetime(readonly=True, copy=False)
    hint = fields.Char(compute="_compute_is_set", compute_sudo=True)

    _name_unique = models.UniqueIndex(
        "(platform_id, name, COALESCE(mode, ''))", "The platform has this secret already. Change that line."
    )

    # === COMPUTE ===

    @api.depends("value_encrypted", "set_at")
    def _compute_is_set(self):
        for secret in self:
            secret.is_set = bool(secret.value_encrypted)
            secret.hint = self.env._("set on %s", secret.set_at.date()) if secret.is_set and secret.set_at else False

    @api.depends("value_encrypted")
    def _compute_value(self):
        """Always empty: what is kept is never shown again."""
        self.value = False

    def _inverse_value(self):
        for secret in self:
            if secret.value:
                _sudo = secret.sudo()  # who may write the line may replace the secret, and nobody may read it
                _sudo.write({"value_encrypted": self._encrypt(secret.value), "set_at": fields.Datetime.now()})
        self.invalidate_recordset(["value"])

    # === CRUD ===

    def write(self, vals):
        """Moved to another platform, a secret would be sent to somebody who must not know it."""
        if "platform_id" in vals and any(secret.platform_id.id != vals["platform_id"] for secret in self):
            raise UserError(self.env._("A secret cannot be moved to another platform. Enter it there."))
        return super().write(vals)

    # === BUSINESS ===

    @api.model
    def _encrypt(self, text):
        try:
            return vault.encrypt(text)
        except vault.VaultError as error:
            raise UserError(self._sentence(error))

    def _decrypt(self):
        """In the clear, for a protocol alone."""
        self.ensure_one()
        _sudo = self.sudo()  # nobody may read secrets, the protocol needs them
        try:
            return vault.decrypt(_sudo.value_encrypted)
        except vault.VaultError as error:
            raise ExchangeError(
                "config",
                sentence=self.env._(
                    "%s is not set up completely. Ask the interface administrator.", _sudo.platform_id.name
                ),
                detail=f"secret {_sudo.name!r}: {self._sentence(error)}",
            )

    @api.model
    def _sentence(self, error):
        sentences = {
            "no_key": self.env._(
                "The configuration file of the server has no hospital_secret_key. Add one, restart, and enter "
                "the secret again."
            ),
            "short_key": self.env._(
                "The hospital_secret_key of the configuration file is too short: it needs at least %s characters.",
                vault.SHORTEST,
            ),
            "other_key": self.env._(
                "The secret was encrypted with another hospital_secret_key. Put that key back, or enter the secret "
                "again."
            ),
            "damaged": self.env._("The stored secret is damaged. Enter it again."),
            "cipher": self.env._("The hospital_secret_cipher of the configuration file must be aes or sm4."),
        }
        return sentences[error.reason]
