import secrets

from odoo import SUPERUSER_ID, Command, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..tools.inbound.door import Door, Operation, networks
from ..tools.perform import MOMENTARY

DOOR_FIELDS = {
    "code", "name", "active", "protocol", "mode", "signing", "company_id", "campus_id", "user_id", "allowed_addresses",
    "rate_limit", "max_body_kb", "clock_skew", "inbound_from", "inbound_until",
}  # fmt: skip
TECHNICAL = "hospital_exchange.group_exchange_technical"


class HospitalPlatform(models.Model):
    """What calls in need of a platform, and the user with whose rights they are handled."""

    _inherit = "hospital.platform"

    user_id = fields.Many2one(
        domain=lambda self: [("all_group_ids", "in", self.env.ref(TECHNICAL).ids), ("share", "=", False)]
    )
    refusal_ids = fields.One2many("hospital.exchange.refusal", "platform_id", string="Refused calls in")
    inbound_from = fields.Float("Served from", help="Time of day in the hospital. From and until alike: at any time.")
    inbound_until = fields.Float("Served until")
    inbound_url = fields.Char("Address for calls in", compute="_compute_inbound_url")
    wsdl_url = fields.Char("WSDL", compute="_compute_inbound_url")

    # === COMPUTE ===

    @api.depends("code")
    def _compute_inbound_url(self):
        for platform in self:
            url = f"{platform.get_base_url()}/exchange/{platform.code}" if platform.code else False
            platform.inbound_url = url
            platform.wsdl_url = url and f"{url}/soap?wsdl"

    # === CONSTRAINTS ===

    @api.constrains("allowed_addresses")
    def _check_allowed_addresses(self):
        for platform in self:
            try:
                networks(platform.allowed_addresses)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” is neither an IP address nor a network. Enter one per line, for example 10.1.2.3 or "
                        "10.1.2.0/24.",
                        error,
                    )
                )

    @api.constrains("user_id", "company_id")
    def _check_user(self):
        """Only who was made for it: else whoever sets up a platform could act with the rights of any colleague."""
        for platform in self:
            _user_sudo = platform.user_id.sudo()  # whoever sets up platforms may choose their user
            if not _user_sudo:
                continue
            if _user_sudo._is_system() or _user_sudo.share or not _user_sudo.has_group(TECHNICAL):
                raise ValidationError(
                    self.env._("“%s” cannot be a technical user. Let the platform make one.", _user_sudo.name)
                )
            if platform.company_id not in _user_sudo.company_ids:
                raise ValidationError(
                    self.env._(
                        "The technical user “%(user)s” does not belong to %(company)s. Choose another user.",
                        user=_user_sudo.name,
                        company=platform.company_id.name,
                    )
                )

    @api.constrains("inbound_from", "inbound_until")
    def _check_hours(self):
        for platform in self:
            if not (0 <= platform.inbound_from <= 24 and 0 <= platform.inbound_until <= 24):
                raise ValidationError(self.env._("The times for calls in must be between 0:00 and 24:00."))

    @api.constrains("rate_limit", "max_body_kb", "clock_skew")
    def _check_limits(self):
        for platform in self:
            if platform.rate_limit <= 0 or platform.max_body_kb <= 0 or platform.clock_skew <= 0:
                raise ValidationError(self.env._("The limits for calls in must be more than zero."))

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        platforms = super().create(vals_list)
        self.env.registry.clear_cache()
        return platforms

    def write(self, vals):
        result = super().write(vals)
        if not DOOR_FIELDS.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # === ACTIONS ===

    def action_make_technical_user(self):
        """A user for calls in that nobody can log in as: it has no password and only the rights it is given."""
        self.ensure_one()
        self.check_access("write")
        if self.user_id:
            raise UserError(self.env._("%s has a technical user already.", self.name))
        _sudo = self.env["res.users"].sudo()  # who sets up platforms need not be allowed to make any other user
        user = _sudo.with_context(no_reset_password=True, mail_create_nolog=True).create(
            {
                "name": self.env._("Calls in from %s", self.name),
                "login": f"exchange:{self.code}:{secrets.token_hex(4)}",
                "company_id": self.company_id.id,
                "company_ids": [Command.set(self.company_id.ids)],
                "group_ids": [Command.set(self.env.ref(TECHNICAL).ids)],
                "hospital_campus_ids": [Command.set(self._technical_campuses().ids)],
                "lang": self.company_id.partner_id.lang or self.env.lang,
                "tz": self.company_id.hospital_tz,
            }
        )
        self.user_id = user
        return user

    def _technical_campuses(self):
        campuses = self.env["hospital.campus"].sudo().search([("company_id", "=", self.company_id.id)])
        return self.campus_id or campuses

    # === FOR CALLS IN ===

    @api.model
    @tools.ormcache()
    def _door_ids(self):
        """Every platform by its code: a code nobody has costs no statement and takes no place in the cache."""
        return {platform.code: platform.id for platform in self.sudo().search([])}

    @api.model
    def _door(self, code):
        """What calls in need to know of a platform; None when there is no such platform."""
        platform_id = self._door_ids().get(code)
        return self.browse(platform_id)._open_door() if platform_id else None

    @tools.ormcache("self.id")
    def _open_door(self):
        _sudo = self.sudo()  # the caller is nobody yet
        interfaces = self.env["hospital.interface"].sudo()
        incoming = interfaces.search([("platform_id", "=", self.id), ("direction", "=", "in")])
        return Door(
            id=_sudo.id,
            code=_sudo.code,
            name=_sudo.name,
            protocol=_sudo.protocol,
            mode=_sudo.mode,
            signing=_sudo.signing,
            lang=_sudo.user_id.lang or _sudo.company_id.partner_id.lang or "en_US",
            tz=_sudo.company_id.hospital_tz,
            company_id=_sudo.company_id.id,
            campus_id=_sudo.campus_id.id or None,
            user_id=_sudo.user_id.id or None,
            networks=networks(_sudo.allowed_addresses),
            hours=(_sudo.inbound_from, _sudo.inbound_until),
            rate=_sudo.rate_limit,
            largest=_sudo.max_body_kb * 1024,
            clock_skew=_sudo.clock_skew,
            operations={
                interface.code: Operation(
                    interface.id, interface.code, interface.name, interface.effect, interface.http_method or "POST"
                )
                for interface in incoming
            },
            parameters=self._for_mode(_sudo.parameter_ids, "value"),
            tokens=self._for_mode(_sudo.secret_ids.filtered("value_encrypted"), "value_encrypted"),
        )

    def _for_mode(self, lines, name):
        """{name: value}; the line for the mode goes before the one for all."""
        mode = self.sudo().mode
        lines = lines.filtered(lambda line: line.mode in (False, mode)).sorted(lambda line: bool(line.mode))
        return {line.name: line[name] or "" for line in lines}

    # === WHEN SOMETHING OF OURS FAILS ===

    def _alert_after_commit(self):
        """Tell the owner that messages need somebody, once this call in is answered and kept."""
        registry = self.env.registry

        def alert():
            try:
                with registry.cursor() as cr:
                    platform = self.with_env(self.env(cr=cr, user=SUPERUSER_ID))
                    platform.with_context(lang=platform.company_id.partner_id.lang)._alert_attention()
            except MOMENTARY:  # somebody edits the platform; the next failure or delivery tells
                return

        self.env.cr.postcommit.add(alert)
