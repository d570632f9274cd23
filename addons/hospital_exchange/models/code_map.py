from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, ormcache

LOCAL = {
    "hospital.code": "code_id",
    "hospital.department": "department_id",
    "hospital.practitioner": "practitioner_id",
    "hospital.campus": "campus_id",
    "product.product": "product_id",
}
CACHED = {"platform_id", "list_name", "remote_code", "local_code", "sequence", "active", *LOCAL.values()}


class HospitalCodeMap(models.Model):
    """The crosswalk from one code of ours to one of a platform. Looking codes up is in `code_map_lookup.py`."""

    _name = "hospital.code.map"
    _description = "Code map"
    _inherit = ["hospital.pinyin.mixin", "hospital.import.mixin"]
    _order = "state desc, asked_count desc, list_name, sequence, local_code, id"
    _rec_names_search = ["name", "local_code", "remote_code", "remote_name", "initials"]
    _hospital_import_fields = (
        "platform_id",
        "list_name",
        "local_code",
        "name",
        "remote_code",
        "remote_name",
        "code_id",
        "department_id",
        "practitioner_id",
        "product_id",
        "campus_id",
        "note",
    )

    platform_id = fields.Many2one("hospital.platform", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    list_name = fields.Char(
        "List",
        compute="_compute_list_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Code set of the code, or department, practitioner, campus, product; or any name for codes that are in "
        "no list of ours.",
    )
    code_id = fields.Many2one("hospital.code", "Our code", ondelete="cascade", index="btree_not_null")
    department_id = fields.Many2one("hospital.department", ondelete="cascade", index="btree_not_null")
    practitioner_id = fields.Many2one("hospital.practitioner", ondelete="cascade", index="btree_not_null")
    campus_id = fields.Many2one("hospital.campus", ondelete="cascade", index="btree_not_null")
    product_id = fields.Many2one("product.product", "Item or drug", ondelete="cascade", index="btree_not_null")
    local_code = fields.Char(
        "Code here", compute="_compute_local", store=True, readonly=False, precompute=True, index="trigram"
    )
    name = fields.Char(
        "Name here", compute="_compute_local", store=True, readonly=False, precompute=True, required=False
    )
    remote_id = fields.Many2one(
        "hospital.code.remote",
        "From the platform's list",
        compute="_compute_remote_id",
        inverse="_inverse_remote_id",
        domain="[('platform_id', '=', platform_id), ('list_name', '=', list_name)]",
    )
    remote_code = fields.Char("Code there")
    remote_name = fields.Char("Name there")
    state = fields.Selection(
        [("unmapped", "Unmapped"), ("mapped", "Mapped")], compute="_compute_state", store=True, precompute=True
    )
    sequence = fields.Integer(
        default=10, help="Where several of our codes have the same code there, the first one stands for it coming in."
    )
    asked_count = fields.Integer("Asked for", readonly=True, copy=False, aggregator="sum")
    last_asked_at = fields.Datetime("Last asked for", readonly=True, copy=False)
    suggestion_id = fields.Many2one("hospital.code.remote", compute="_compute_suggestion_id")
    waiting_count = fields.Integer("Messages held back", compute="_compute_waiting_count", compute_sudo=True)
    active = fields.Boolean(default=True)
    note = fields.Text()

    _local_unique = models.UniqueIndex(
        "(platform_id, list_name, COALESCE(code_id, 0), COALESCE(department_id, 0), COALESCE(practitioner_id, 0), "
        "COALESCE(campus_id, 0), COALESCE(product_id, 0), "
        "(CASE WHEN COALESCE(code_id, department_id, practitioner_id, campus_id, product_id) IS NULL "
        "THEN COALESCE(local_code, '') END), COALESCE(remote_code, ''))",
        "This code has a row for the platform already. Change that row.",
    )
    _remote_index = models.Index("(platform_id, list_name, remote_code) WHERE remote_code IS NOT NULL")
    _open_index = models.Index("(platform_id, asked_count) WHERE state = 'unmapped'")

    # === COMPUTE ===

    @api.depends("code_id", "department_id", "practitioner_id", "campus_id", "product_id")
    def _compute_list_name(self):
        for row in self:
            local = row._local()
            if local:
                row.list_name = self._list_of(local)

    @api.depends("code_id", "department_id", "practitioner_id", "campus_id", "product_id")
    def _compute_local(self):
        for row in self:
            local = row._local()
            if local:
                row.local_code = self._code_of(local)
                row.name = local.name

    @api.depends("remote_code", "local_code", "code_id", "department_id", "practitioner_id", "campus_id", "product_id")
    def _compute_state(self):
        for row in self:
            row.state = "mapped" if row.remote_code and (row.local_code or row._local()) else "unmapped"

    @api.depends("remote_code", "platform_id", "list_name")
    def _compute_remote_id(self):
        remotes = self._remotes()
        for row in self:
            row.remote_id = remotes.filtered(
                lambda remote, row=row: (
                    remote.platform_id == row.platform_id
                    and remote.list_name == row.list_name
                    and remote.code == row.remote_code
                )
            )[:1]

    def _inverse_remote_id(self):
        for row in self.filtered("remote_id"):
            row.write({"remote_code": row.remote_id.code, "remote_name": row.remote_id.name})

    @api.depends("platform_id", "list_name", "local_code", "name", "state")
    def _compute_suggestion_id(self):
        """The code of the platform's list with the same name, else the one with the same code."""
        open_rows = self.filtered(lambda row: row.state == "unmapped" and (row.name or row.local_code))
        found = {}
        for remote in open_rows._remotes(["|", ("name", "in", open_rows.mapped("name")),
                                          ("code", "in", open_rows.mapped("local_code"))]):  # fmt: skip
            place = (remote.platform_id.id, remote.list_name)
            found.setdefault((*place, "name", remote.name), remote)
            found.setdefault((*place, "code", remote.code), remote)
        for row in self:
            place = (row.platform_id.id, row.list_name)
            row.suggestion_id = row in open_rows and (
                found.get((*place, "name", row.name)) or found.get((*place, "code", row.local_code))
            )

    def _remotes(self, domain=()):
        return self.env["hospital.code.remote"].search(
            [
                ("platform_id", "in", self.platform_id.ids),
                ("list_name", "in", list(set(self.mapped("list_name")))),
                *domain,
            ]
        )

    def _compute_waiting_count(self):
        counts = self.env["hospital.code.map.wait"]._counts(self.ids)
        for row in self:
            row.waiting_count = counts.get(row.id, 0)

    # === CRUD: lookups are kept in a cache ===

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        if any(vals.get("remote_code") or vals.get("remote_id") for vals in vals_list):
            self.env.registry.clear_cache()
        return rows

    def write(self, vals):
        result = super().write(vals)
        if not CACHED.isdisjoint(vals):
            self.env.registry.clear_cache()
            self._absorb_open_twins()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === ACTIONS ===

    def action_take_suggestion(self):
        """Map to what is suggested; rows without a suggestion are left as they are."""
        for row in self.filtered("suggestion_id"):
            suggestion = row.suggestion_id
            row.write({"remote_code": suggestion.code, "remote_name": suggestion.name})
        return self._tell_what_waits()

    def action_map_same_name(self):
        """Every unmapped row, of those chosen or else of all, for which the platform has exactly this name."""
        rows = (self or self.search([("state", "=", "unmapped")])).filtered(
            lambda row: row.suggestion_id and row.suggestion_id.name == row.name
        )
        if not rows:
            raise UserError(
                self.env._("The lists of the platforms have no such names. Import the platform's list, or map by hand.")
            )
        rows.action_take_suggestion()
        return rows._notify(self.env._("%s codes are mapped by name.", len(rows)))

    def action_send_waiting(self):
        """Send again what was refused only because these codes were not mapped."""
        open_rows = self.filtered(lambda row: row.state == "unmapped")
        if open_rows:
            raise UserError(
                self.env._("%s is not mapped yet. Enter the code of the platform first.", open_rows[0].display_name)
            )
        messages = self.env["hospital.code.map.wait"]._messages(self.ids).with_env(self.env)
        if not messages:
            raise UserError(self.env._("No message waits for this."))
        sent, problems = 0, []
        for message in messages:
            try:
                with self.env.cr.savepoint():
                    message._retry(self.env._("The code map was completed."))
                sent += 1
            except UserError as error:
                problems.append(str(error))
        if problems:
            return self._notify(
                self.env._(
                    "%(sent)s messages are sent again, %(left)s are not: %(problem)s",
                    sent=sent,
                    left=len(problems),
                    problem=problems[0],
                ),
                "warning",
            )
        return self._notify(self.env._("%s messages are sent again.", sent))

    def _tell_what_waits(self):
        waiting = sum(self.mapped("waiting_count"))
        if waiting:
            return self._notify(
                self.env._("%s messages were held back by this. Choose “Send what was held back”.", waiting)
            )
        return None

    def _notify(self, text, tone="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": tone,
                "sticky": tone != "success",
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS ===

    def _absorb_open_twins(self):
        """A row now says what an unmapped row about the same code of ours was asking for."""
        for row in self.filtered(lambda row: row.state == "mapped" and row._local()):
            domain = [(name, "=", row[name].id) for name in ("platform_id", *LOCAL.values())]
            twins = self.search([("state", "=", "unmapped"), ("remote_code", "in", (False, "")), *domain]) - row
            if twins:
                row.asked_count += sum(twins.mapped("asked_count"))
                self.env["hospital.code.map.wait"]._move(twins.ids, row.id)
                twins.unlink()

    def _local(self):
        """Our record of this row; empty where it is about a bare code."""
        self.ensure_one()
        for name in LOCAL.values():
            if self[name]:
                return self[name]
        return None

    @api.model
    def _list_of(self, record):
        if record._name == "hospital.code":
            return record.set_id.code
        return "product" if record._name.startswith("product.") else record._name.removeprefix("hospital.")

    @api.model
    def _code_of(self, record):
        return (record.default_code if record._name == "product.product" else record.code) or ""

    @api.model
    def _hospital_import_example(self):
        return {
            "platform_id": self.env["hospital.platform"].search([], limit=1).name or None,
            "list_name": "visit_kind",
            "local_code": "outpatient",
            "name": self.env._("Example code"),
            "remote_code": "11",
            "remote_name": self.env._("Example code"),
        }

    @api.model
    @ormcache("platform_id", "list_name", "field_name", "key")
    def _remote_code(self, platform_id, list_name, field_name, key):
        """The platform's code; a miss raises KeyError and so is not kept."""
        self.flush_model()
        query = SQL(
            "SELECT remote_code FROM hospital_code_map WHERE platform_id = %s AND list_name = %s AND %s = %s AND active "
            "AND remote_code IS NOT NULL AND remote_code <> '' ORDER BY sequence, id LIMIT 1",
            platform_id,
            list_name,
            SQL.identifier(field_name),
            key,
        )
        rows = self.env.execute_query(query)
        if not rows:
            raise KeyError(key)
        return rows[0][0]

    @api.model
    @ormcache("platform_id", "list_name", "remote_code")
    def _local_row(self, platform_id, list_name, remote_code):
        rows = self.sudo().search(
            [
                ("platform_id", "=", platform_id),
                ("list_name", "=", list_name),
                ("remote_code", "=", remote_code),
                ("state", "=", "mapped"),
            ],
            order="sequence, id",
            limit=1,
        )
        if not rows:
            raise KeyError(remote_code)
        return rows.id
