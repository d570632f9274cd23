import psycopg2
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..tools.errors import ExchangeError
from .code_map import LOCAL


class HospitalCodeMap(models.Model):
    """Codes on their way out and in. What is not mapped becomes a row of the worklist, whatever becomes of the caller."""

    _inherit = "hospital.code.map"

    @api.model
    def _to_remote(self, platform, list_name, value):
        """The code of the platform for a record or a code of ours; ExchangeError("config") when it is not mapped.

        :param list_name: the code set, or the list where `value` is a bare code; a record knows its own list
        """
        list_name, field_name, key = self._where(list_name, value)
        try:
            return self._remote_code(platform.id, list_name, field_name, key)
        except KeyError:
            vals = {"list_name": list_name, field_name: key}
            raise self._unmapped(platform, vals, self._name_of(value, field_name, key)) from None

    @api.model
    def _to_local(self, platform, list_name, code):
        """Our record, or our bare code, for a code of the platform; ExchangeError("config") when it is not mapped."""
        if list_name in self.env:
            list_name = self._list_of_model(list_name)
        try:
            row = self.sudo().browse(self._local_row(platform.id, list_name, str(code)))
        except KeyError:
            remote = self.env["hospital.code.remote"].sudo().search(
                [("platform_id", "=", platform.id), ("list_name", "=", list_name), ("code", "=", str(code))], limit=1
            )  # fmt: skip
            vals = {"list_name": list_name, "remote_code": str(code), "remote_name": remote.name or False}
            raise self._unmapped(platform, vals, remote.display_name or str(code)) from None
        local = row._local()
        return local.with_env(self.env) if local else row.local_code

    @api.model
    def _where(self, list_name, value):
        """(list, column, key) under which a value is mapped."""
        if isinstance(value, models.BaseModel):
            if value._name not in LOCAL:
                raise UserError(self.env._("%s have no code map. Map their code instead.", value._description))
            return self._list_of(value.sudo()), LOCAL[value._name], value.id
        if not list_name:
            raise ExchangeError(
                "config", sentence=self.env._("A code map needs to know the list. Choose a code set in the field line.")
            )
        code_id = self.env["hospital.code"]._get_id(list_name, str(value))
        return (list_name, "code_id", code_id) if code_id else (list_name, "local_code", str(value))

    @api.model
    def _list_of_model(self, model):
        return "product" if model.startswith("product.") else model.removeprefix("hospital.")

    def _name_of(self, value, field_name, key):
        if field_name == "code_id":
            return self.env["hospital.code"].sudo().browse(key).display_name
        return value.sudo().display_name if isinstance(value, models.BaseModel) else str(value)

    # === THE WORKLIST ===

    @api.model
    def _unmapped(self, platform, vals, shown):
        row_id = self._ask_for({"platform_id": platform.id, **vals})
        sentence = self.env._(
            "“%(code)s” of the list %(list)s has no counterpart at %(platform)s. Ask the interface administrator to "
            "complete the code map.",
            code=shown,
            list=vals["list_name"],
            platform=platform.sudo().name,
        )
        return ExchangeError(
            "config",
            sentence=sentence,
            code="unmapped",
            detail=f"code map {row_id}",
            unmapped=(row_id,) if row_id else (),
        )

    @api.model
    def _ask_for(self, vals):
        """Count one more request for a code on a cursor of its own: the caller's work will be rolled back."""
        try:
            with self.env.registry.cursor() as cr:
                cr.execute("SET LOCAL lock_timeout = '1s'")
                rows = self.with_env(api.Environment(cr, SUPERUSER_ID, {"lang": self.env.lang, "active_test": False}))
                return rows._count_request(vals)
        except psycopg2.Error:
            # the row or its platform is in somebody's hands, or not yet committed: the next request counts
            return 0

    @api.model
    def _count_request(self, vals):
        key = ("code_id", "department_id", "practitioner_id", "campus_id", "product_id", "local_code", "remote_code")
        domain = [(name, "=", vals[name]) for name in ("platform_id", "list_name", *key) if name in vals]
        if "remote_code" in vals:
            domain.append(("state", "=", "unmapped"))
        row = self.search(domain, limit=1) or self.create(vals)
        row.write({"asked_count": row.asked_count + 1, "last_asked_at": fields.Datetime.now()})
        return row.id
