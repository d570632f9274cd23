from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalInterface(models.Model):
    """One operation of a platform. A new one is a row with its field lines, or a row and one or two methods."""

    _name = "hospital.interface"
    _description = "Interface"
    _inherit = ["hospital.pinyin.mixin", "hospital.door.part"]
    _order = "platform_id, sequence, code, id"
    _rec_names_search = ["code", "name", "initials"]

    platform_id = fields.Many2one("hospital.platform", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    direction = fields.Selection(
        [
            ("out", "Call out"),
            ("in", "Call in"),
            ("table", "Table"),
            ("view", "View"),
            ("link", "Link"),
            ("file", "File"),
        ],
        required=True,
        default="out",
    )
    timing = fields.Selection(
        [("now", "At once, the person waits"), ("queued", "Queued"), ("scheduled", "By schedule")],
        required=True,
        default="queued",
    )
    effect = fields.Selection(
        [
            ("read", "Reads"),
            ("upsert", "Sets: doing it twice is harmless"),
            ("once", "Does: must happen exactly once"),
        ],
        required=True,
        default="once",
        help="Decides what follows when no answer came: reading and setting is sent again, doing is asked about first.",
    )
    model_id = fields.Many2one("ir.model", "Source", ondelete="cascade")
    model = fields.Char("Source model", related="model_id.model")
    domain = fields.Char(default="[]", help="Which records are sent by schedule.")
    path = fields.Char("Endpoint", help="What is added to the address of the platform, or the table or operation.")
    http_method = fields.Selection(
        [("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")], default="POST"
    )
    query_interface_id = fields.Many2one(
        "hospital.interface",
        "Asks whether it was done",
        domain="[('platform_id', '=', platform_id), ('effect', '=', 'read')]",
        ondelete="restrict",
    )
    query_delay = fields.Integer(
        "Seconds before asking",
        default=60,
        help="So long the platform may still be working on a call that was cut off.",
    )
    found_path = fields.Char(
        default="found", help="Of an interface that asks: where its reply says whether the call was done."
    )
    absent_codes = fields.Char(
        help="Of an interface that asks or takes back: codes by which the platform says that there is no such call, "
        "separated by commas."
    )
    reversal_interface_id = fields.Many2one(
        "hospital.interface", "Takes it back", domain="[('platform_id', '=', platform_id)]", ondelete="restrict"
    )
    max_tries = fields.Integer(default=10, required=True)
    deadline_minutes = fields.Integer("Given up after (minutes)", help="0: never because of its age.")
    wait_limit = fields.Integer("Longest wait of a person (s)", help="0: the answer time-out of the platform.")
    retention_days = fields.Integer(default=180, required=True, help="0: kept for ever.")
    key_template = fields.Char(
        default="{model}:{id}",
        required=True,
        help="What makes a call the same call: {model}, {id}, {code} and {campus} are filled in.",
    )
    active = fields.Boolean(default=True)
    note = fields.Text()

    _code_unique = models.Constraint(
        "UNIQUE (platform_id, code)", "The platform has an interface with this code already. Choose another code."
    )
    _tries_positive = models.Constraint("CHECK (max_tries > 0)", "At least one try is needed.")

    # === COMPUTE ===

    def init(self):
        """One row of numbers for all platforms, so that no two calls ever have the same."""
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS hospital_message_number")

    @api.depends("code", "name")
    def _compute_display_name(self):
        for interface in self:
            interface.display_name = f"{interface.code} {interface.name}" if interface.code else interface.name

    # === CONSTRAINTS ===

    @api.constrains("query_interface_id", "reversal_interface_id", "platform_id")
    def _check_same_platform(self):
        for interface in self:
            others = interface.query_interface_id | interface.reversal_interface_id
            if others.platform_id - interface.platform_id:
                raise ValidationError(
                    self.env._(
                        "%s asks or takes back through another platform. Choose interfaces of its own.", interface.name
                    )
                )

    @api.constrains("active")
    def _check_not_called(self):
        """What is called by itself would go out unseen, or stop somebody's work, once nobody finds it any more."""
        archived = self.filtered(lambda interface: not interface.active)
        _actions_sudo = self.env["ir.actions.server"].sudo()  # who sets up interfaces need not read server actions
        actions = _actions_sudo.search([("exchange_interface_id", "in", archived.ids)])
        if actions:
            raise ValidationError(
                self.env._(
                    "%(interface)s is still called by: %(actions)s. Change or remove these actions first.",
                    interface=actions[0].exchange_interface_id.display_name,
                    actions=", ".join(actions.mapped("name")),
                )
            )

    # === PAYLOAD ===

    def _build(self, record, **extra):
        """The payload for one record: by `_build_<code>` of its model or of this one, else by the field lines."""
        self.ensure_one()
        owner, method = self._method("_build", record)
        if method is None:
            return self._build_fields(record, **extra)
        return method(self, **extra) if owner is not self else method(record, **extra)

    def _build_fields(self, record, **extra):
        """The payload as the field lines describe it."""
        raise self._config_error(f"interface {self.code} has neither a builder nor field lines")

    def _handle(self, message, reply, record=None):
        """Hand a reply to the record the message is about: by `_handle_<code>`, else by the reply's field lines."""
        self.ensure_one()
        record = message._record() if record is None else record
        owner, method = self._method("_handle", record)
        if method is None:
            return self._handle_fields(message, reply, record)
        return method(message, reply) if owner is not self else method(record, message, reply)

    def _has_handler(self, record):
        return self._method("_handle", record)[1] is not None or self._has_reply_fields()

    def _has_builder(self, record):
        return self._method("_build", record)[1] is not None

    def _method(self, prefix, record):
        """(owner, bound method): `<prefix>_<platform>_<code>` or `<prefix>_<code>`, of the record or of this model."""
        for owner in (record, self):
            for name in self._method_names(prefix):
                if owner is not None and callable(getattr(type(owner), name, None)):
                    return owner, getattr(owner, name)
        return None, None

    def _method_names(self, prefix):
        code = self._method_suffix(self.code)
        platform = self._method_suffix(self.sudo().platform_id.code or "")
        return f"{prefix}_{platform}_{code}", f"{prefix}_{code}"

    @api.model
    def _method_suffix(self, code):
        return "".join(letter if letter.isalnum() else "_" for letter in code.lower())

    # === ANSWERS TO QUESTIONS ===

    def _found(self, outcome):
        """What the answer to a question means: True, the call was done; False, surely not; None, no answer."""
        self.ensure_one()
        if outcome.error:
            return False if outcome.kind == "business" and outcome.error.code in self._absent_codes() else None
        _owner, method = self._method("_found", None)
        if method:
            return method(outcome.reply)
        value = outcome.reply
        for part in (self.found_path or "found").split("."):
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return bool(value) and str(value).lower() not in ("0", "false", "no", "n")

    def _absent_codes(self):
        return {code.strip() for code in (self.absent_codes or "").split(",") if code.strip()}

    def _health_payload(self):
        return {}
