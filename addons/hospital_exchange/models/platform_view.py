import logging

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.errors import ExchangeError
from ..tools.view_store import ViewStore, Wanted, create_line, role_name, schema_name
from .interface_view import ViewError

_logger = logging.getLogger(__name__)

SECRET = "view_password"  # noqa: S105 the name of the secret
TAKEN = "hospital_exchange.taken_from_public"


class HospitalPlatform(models.Model):
    """Views in a schema of their own, and the one role that may read them."""

    _inherit = "hospital.platform"

    view_schema = fields.Char("Schema of the views", compute="_compute_view_names")
    view_role = fields.Char("Database role", compute="_compute_view_names")
    view_connections = fields.Integer("Sessions of the role at once", default=5, required=True)
    view_problem = fields.Text("Problem with the views", readonly=True, copy=False)

    _view_connections_positive = models.Constraint(
        "CHECK (view_connections > 0)", "The role of the views needs at least one session."
    )

    @api.depends("code")
    def _compute_view_names(self):
        for platform in self:
            platform.view_schema = schema_name(platform.code) if platform.code else False
            platform.view_role = role_name(self.env.cr.dbname, platform.code) if platform.code else False

    # === CRUD ===

    def write(self, vals):
        concerned = {"code", "mode", "active", "campus_id", "company_id", "view_connections", "parameter_ids"}
        before = {platform: platform.code for platform in self}
        result = super().write(vals)
        if concerned & vals.keys() and self._has_views():
            self._views_changed([code for platform, code in before.items() if platform.code != code])
        return result

    def unlink(self):
        codes = self.mapped("code") if self._has_views() else []
        result = super().unlink()
        if codes:
            self._views_changed(codes)
        return result

    def _has_views(self):
        interfaces = self.env["hospital.interface"].sudo().with_context(active_test=False)
        return bool(interfaces.search_count([("platform_id", "in", self.ids), ("direction", "=", "view")], limit=1))

    # === ACTIONS ===

    def action_refresh_views(self):
        """Make the views anew; says what is wrong."""
        self.ensure_one()
        self.check_access("write")
        self._sync_views()
        if self.view_problem:
            raise UserError(self.view_problem)
        return True

    # === BUSINESS ===

    @api.model
    def _views_changed(self, gone=()):
        """Have the views made anew at the end of this transaction."""
        waiting = self.env.cr.precommit.data.setdefault("hospital_exchange_views", None)
        if waiting is None:
            self.env.cr.precommit.data["hospital_exchange_views"] = waiting = set()
            self.env.cr.precommit.add(self._sync_changed_views)
        waiting.update(gone)

    @api.model
    def _sync_changed_views(self):
        gone = self.env.cr.precommit.data.pop("hospital_exchange_views", None)
        if gone is not None:
            self._sync_views(gone)
            self.env.flush_all()

    @api.model
    def _sync_views(self, gone=()):
        """Every schema, view and role as the interfaces say; those of nobody are dropped."""
        _sudo = self.sudo()  # schemas and roles belong to the server, not to who edits a line
        _sudo.env.flush_all()
        store = ViewStore(self.env.cr)
        store.lock()
        platforms = _sudo._platforms_with_views()
        if platforms:
            self._remember_taken(store.close_public())
        kept = set()
        for platform in platforms:
            wanted, problems = platform._wanted_views()
            kept.add(wanted.schema)
            if not store.make(wanted):
                problems.append(
                    self.env._(
                        "The database user of this server may not make roles. Have a database administrator run: %s",
                        create_line(wanted.role, wanted.connections),
                    )
                )
            if platform.view_problem != ("\n".join(problems) or False):
                platform.view_problem = "\n".join(problems) or False
        for schema in store.schemas() - kept:
            store.drop_schema(schema)
        live = {platform.view_role for platform in platforms}
        codes = {*gone, *_sudo._all_codes()}
        for role in {role_name(self.env.cr.dbname, code) for code in codes} - live:
            store.drop_role(role)
        if not platforms:
            self._give_back(store)

    def _all_codes(self):
        return [code for (code,) in self.env.execute_query(SQL("SELECT code FROM hospital_platform"))]

    def _platforms_with_views(self):
        interfaces = self.env["hospital.interface"].search([("direction", "=", "view")])
        return interfaces.platform_id.filtered(lambda platform: platform.active and platform.mode != "disabled")

    def _wanted_views(self):
        """(what this platform is to read, sentences about what it cannot)"""
        self.ensure_one()
        problems = []
        wanted = Wanted(self.view_schema, self.view_role, connections=self.view_connections)
        try:
            wanted.password = self._secret(SECRET, required=False) or ""
        except ExchangeError as error:
            problems.append(error.detail)
        if not wanted.password:
            problems.append(self.env._("Enter the secret %s: without it nobody can log in to read the views.", SECRET))
        lines = self.env["hospital.interface"].search([("platform_id", "=", self.id), ("direction", "=", "view")])
        for interface in lines:
            try:
                query = interface._view_sql()
                self._try_out(query)
                wanted.views[interface._own_view_name()] = query
            except ViewError as error:
                problems.append(f"{interface.code}: {error}")
        return wanted, problems

    def _try_out(self, query):
        """A query of an addon that PostgreSQL does not take must not stand in the way of the other views."""
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("SELECT FROM (%s) AS tried LIMIT 0", query), log_exceptions=False)
        except psycopg2.Error as error:
            raise ViewError(str(error).strip().splitlines()[0]) from None

    @api.model
    def _drop_views(self):
        """For uninstalling: nothing of them stays."""
        store = ViewStore(self.env.cr)
        store.lock()
        for schema in store.schemas():
            store.drop_schema(schema)
        for code in self.sudo()._all_codes():
            store.drop_role(role_name(self.env.cr.dbname, code))
        self._give_back(store)

    # === WHAT WAS TAKEN FROM EVERYBODY ===

    def _remember_taken(self, taken):
        if taken:
            _parameters_sudo = self.env["ir.config_parameter"].sudo()  # what to give back is for the server alone
            before = (_parameters_sudo.get_param(TAKEN) or "").split()
            _parameters_sudo.set_param(TAKEN, " ".join({*before, *taken}))

    def _give_back(self, store):
        _parameters_sudo = self.env["ir.config_parameter"].sudo()
        if taken := _parameters_sudo.get_param(TAKEN):
            store.open_public(taken.split())
            _parameters_sudo.set_param(TAKEN, False)

    # === WHEN AN UPGRADE TOOK A VIEW ALONG ===

    def _register_hook(self):
        """A column that is changed or dropped takes the views of it along: make them anew."""
        super()._register_hook()
        _sudo = self.sudo()
        if _sudo._views_are_missing():
            try:
                with self.env.cr.savepoint():
                    _sudo._sync_views()
            except (psycopg2.Error, UserError) as error:
                _logger.warning("views for platforms are missing and could not be made: %s", type(error).__name__)

    def _views_are_missing(self):
        self.env.cr.execute("SELECT FROM hospital_interface WHERE direction = 'view' AND active LIMIT 1")
        if not self.env.cr.rowcount:
            return False
        store = ViewStore(self.env.cr)
        wanted = self._platforms_with_views()
        views = self.env["hospital.interface"].search([("direction", "=", "view"), ("platform_id", "in", wanted.ids)])
        return any(
            view._own_view_name() not in store.marks(view.platform_id.view_schema)
            for view in views
            if not view.platform_id.view_problem
        )
