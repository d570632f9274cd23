import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.errors import ExchangeError

MODES = [("disabled", "Disabled"), ("sandbox", "Sandbox"), ("test", "Test"), ("production", "Production")]
CODE = re.compile(r"[a-z][a-z0-9_]*")
REDACTED = (
    "name\npsn_name\nphone\ntel\nmobile\ncertno\npsn_cert_no\nid_card\nidcard\naddress\naddr\npassword\nsign\ntoken"
)


class HospitalPlatform(models.Model):
    """One system outside the hospital. How its messages are delivered is in `platform_delivery.py`."""

    _name = "hospital.platform"
    _description = "Platform"
    _inherit = ["hospital.pinyin.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True, copy=False, help="Short name in addresses: small letters, digits and the underscore."
    )
    protocol = fields.Selection("_selection_protocol", required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, index=True, default=lambda self: self.env.company
    )
    campus_id = fields.Many2one(
        "hospital.campus", check_company=True, help="The campus that talks to this platform. Empty: all of them."
    )
    mode = fields.Selection(MODES, required=True, default="disabled", copy=False, tracking=True)
    active = fields.Boolean(default=True)
    note = fields.Text()

    url_sandbox = fields.Char("Sandbox address", help="Empty: the sandbox of this server.")
    url_test = fields.Char("Test address", tracking=True)
    url_production = fields.Char("Production address", tracking=True)
    url = fields.Char("Address", compute="_compute_url")

    connect_timeout = fields.Float("Connect time-out (s)", default=5.0, required=True)
    read_timeout = fields.Float("Answer time-out (s)", default=30.0, required=True)
    min_interval_ms = fields.Integer("Pause between messages (ms)", required=True, default=0)
    batch_limit = fields.Integer("Messages per batch", default=100, required=True)
    deliver_deadline = fields.Integer(
        "Seconds per run", default=300, required=True, help="After this time a run ends and the next one goes on."
    )
    single_file = fields.Boolean(
        "Strictly in order", help="One message at a time; a message that must wait holds back those behind it."
    )

    parameter_ids = fields.One2many("hospital.platform.parameter", "platform_id", string="Parameters", copy=True)
    secret_ids = fields.One2many("hospital.secret", "platform_id", string="Secrets")
    certificate_id = fields.Many2one("certificate.certificate", ondelete="restrict")
    key_id = fields.Many2one("certificate.key", string="Private key", ondelete="restrict")
    attention_alerted = fields.Boolean(readonly=True, copy=False)
    certificate_warned = fields.Integer(
        copy=False, required=True, default=0, help="The last warning went out this many days before the end."
    )

    breaker_state = fields.Selection(
        [("closed", "Answers"), ("half_open", "Being tried"), ("open", "Does not answer")],
        "Line",
        required=True,
        default="closed",
        readonly=True,
        copy=False,
    )
    breaker_failures = fields.Integer("Failures in a row", readonly=True, required=True, default=0, copy=False)
    breaker_threshold = fields.Integer("Failures until the line is cut", default=5, required=True)
    breaker_pause = fields.Integer("Seconds until the line is tried again", default=60, required=True)
    breaker_opened_at = fields.Datetime("Cut since", readonly=True, copy=False)
    breaker_retry_at = fields.Datetime("Tried again at", readonly=True, copy=False)
    last_success_at = fields.Datetime("Last success", readonly=True, copy=False)
    last_failure_at = fields.Datetime("Last failure", readonly=True, copy=False)
    owner_id = fields.Many2one(
        "res.users", help="Is told when something is wrong.", default=lambda self: self.env.user, tracking=True
    )

    user_id = fields.Many2one(
        "res.users",
        "Technical user",
        ondelete="restrict",
        help="Calls from the platform run with the rights of this user.",
    )
    allowed_addresses = fields.Text(
        help="From where the platform may call, one address or network per line. Empty: nowhere."
    )
    rate_limit = fields.Integer("Calls in per minute", default=600)
    max_body_kb = fields.Integer("Largest call in (kB)", default=512)
    clock_skew = fields.Integer("Allowed clock difference (s)", default=300)
    health_interface_id = fields.Many2one(
        "hospital.interface", "Health check", domain="[('platform_id', '=', id), ('effect', '=', 'read')]"
    )
    redact_keys = fields.Text(
        "Keys hidden in bodies", default=REDACTED, help="One key per line. Auditors see *** in place of their values."
    )
    cron_id = fields.Many2one("ir.cron", "Scheduled delivery", readonly=True, copy=False, ondelete="restrict")
    interface_ids = fields.One2many("hospital.interface", "platform_id", string="Interfaces")
    exchange_message_ids = fields.One2many("hospital.message", "platform_id", string="Exchanged messages")

    _code_unique = models.Constraint("UNIQUE (code)", "Another platform has this code already. Choose another code.")
    _numbers_positive = models.Constraint(
        "CHECK (connect_timeout > 0 AND read_timeout > 0 AND batch_limit > 0 AND deliver_deadline > 0 "
        "AND breaker_threshold > 0 AND breaker_pause > 0 AND min_interval_ms >= 0)",
        "Time-outs and limits must be more than zero.",
    )

    # === SELECTIONS ===

    @api.model
    def _selection_protocol(self):
        """Every protocol family that is installed; their labels are given by `LazyTranslate`."""
        return [
            (model._name, self.env._(model._protocol_label))
            for model in self.env.registry.values()
            if getattr(model, "_protocol_label", None)
        ]

    # === COMPUTE ===

    @api.depends("mode", "code", "url_sandbox", "url_test", "url_production")
    def _compute_url(self):
        # the address of this server is no secret to who sets up platforms
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        for platform in self:
            addresses = {
                "sandbox": platform.url_sandbox or f"{base}/sandbox/{platform.code}",
                "test": platform.url_test,
                "production": platform.url_production,
            }
            platform.url = addresses.get(platform.mode)

    # === CONSTRAINTS ===

    @api.constrains("code")
    def _check_code(self):
        for platform in self:
            if not CODE.fullmatch(platform.code or ""):
                raise ValidationError(
                    self.env._(
                        "The code of a platform begins with a small letter and holds small letters, digits and _ only."
                    )
                )

    # === FOR SCREENS ===

    @api.model
    def _in_use(self):
        """Every platform this user may see."""
        return self.search([("active", "=", True)])

    # === FOR PROTOCOLS ===

    def _protocol(self):
        self.ensure_one()
        return self.env[self.protocol]

    def _parameter(self, name, default=None):
        """The value for the mode, or the one for all modes."""
        self.ensure_one()
        _parameters_sudo = self.sudo().parameter_ids  # a call is made on behalf of anybody
        for mode in (self.mode, False):  # the line for the mode goes before the one for all
            for line in _parameters_sudo:
                if line.name == name and line.mode == mode:
                    return line.value
        return default

    def _secret(self, name, required=True):
        """A secret in the clear: for protocols only, never for a screen."""
        self.ensure_one()
        _secrets_sudo = self.sudo().secret_ids  # nobody may read secrets, the protocol needs them
        for mode in (self.mode, False):
            for secret in _secrets_sudo:
                if secret.name == name and secret.mode == mode and secret.value_encrypted:
                    return secret._decrypt()
        if required:
            raise ExchangeError(
                "config",
                sentence=self.env._("%s is not set up completely. Ask the interface administrator.", self.name),
                detail=f"secret {name!r} of platform {self.code} is not set for mode {self.mode}",
            )
        return None
