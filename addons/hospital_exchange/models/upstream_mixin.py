from markupsafe import Markup
from odoo import api, fields, models

BOOKKEEPING = ("upstream_values", "upstream_pending", "upstream_removed")


class HospitalUpstreamMixin(models.AbstractModel):
    """Rows that come with an addon and are edited by the hospital. An upgrade changes what nobody has edited here,
    keeps what was, and shows where the two differ."""

    _name = "hospital.upstream.mixin"
    _description = "Comes with the software, edited here"
    _upstream_ignored = ()  # fields in which a difference is not worth a decision

    upstream_values = fields.Json(readonly=True, copy=False, help="As the software delivered it last.")
    upstream_pending = fields.Json(
        readonly=True, copy=False, help="Fields edited here that the software has changed since."
    )
    upstream_removed = fields.Boolean("No longer delivered", readonly=True, copy=False)
    upstream_state = fields.Selection(
        [
            ("own", "Made here"),
            ("same", "As delivered"),
            ("edited", "Changed here"),
            ("conflict", "Changed here and by the upgrade"),
            ("removed", "No longer delivered"),
        ],
        "Origin",
        compute="_compute_upstream_state",
        search="_search_upstream_state",
    )
    upstream_difference = fields.Html("Differences", compute="_compute_upstream_difference", sanitize=False)

    # === COMPUTE ===

    @api.depends(lambda self: (*BOOKKEEPING, *self._upstream_names()))
    def _compute_upstream_state(self):
        for record in self:
            if record.upstream_values is False or record.upstream_values is None:
                record.upstream_state = "own"
            elif record.upstream_removed:
                record.upstream_state = "removed"
            elif record.upstream_pending:
                record.upstream_state = "conflict"
            else:
                record.upstream_state = "edited" if record._upstream_edited() else "same"

    def _search_upstream_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        delivered = self.with_context(active_test=False).search([("upstream_values", "!=", False)])
        found = delivered.filtered(lambda record: record.upstream_state in value)
        domain = [("id", "in", found.ids)]
        return ["|", ("id", "not in", delivered.ids), *domain] if "own" in value else domain

    @api.depends(lambda self: (*BOOKKEEPING, *self._upstream_names()))
    def _compute_upstream_difference(self):
        for record in self:
            rows = [
                (
                    record._fields[name].get_description(self.env, ["string"])["string"],
                    record._upstream_shown(name, record._upstream_here(name)),
                    record._upstream_shown(name, record.upstream_values[name]),
                )
                for name in record._upstream_edited()
            ]
            record.upstream_difference = rows and Markup(
                '<table class="table table-sm"><thead><tr><th></th><th>%s</th><th>%s</th></tr></thead><tbody>%s</tbody>'
                "</table>"
            ) % (
                self.env._("Here"),
                self.env._("As delivered"),
                Markup().join(Markup("<tr><td>%s</td><td>%s</td><td>%s</td></tr>") % row for row in rows),
            )

    # === CRUD: an addon is installed or upgraded ===

    def _load_records_create(self, vals_list):
        records = super()._load_records_create(vals_list)
        if self.env.context.get("install_mode"):
            for record in records:
                record.upstream_values = {name: record._upstream_here(name) for name in self._upstream_names()}
        return records

    def _load_records_write(self, values):
        if not self.env.context.get("install_mode"):
            return super()._load_records_write(values)
        before = self.upstream_values or {}
        delivered = {
            name: self._upstream_normal(name, value) for name, value in values.items() if name in self._upstream_names()
        }
        after = {**before, **delivered}
        edited = {name for name, value in before.items() if name in self._fields and self._upstream_here(name) != value}
        kept = {name for name in edited & after.keys() if self._upstream_here(name) != after[name]}
        pending = {name for name in kept if before.get(name) != after[name]} | (set(self.upstream_pending or ()) & kept)
        values = {name: value for name, value in values.items() if name not in kept}
        if self.upstream_removed and "active" not in delivered:
            values["active"] = True
        return super()._load_records_write(
            {
                **values,
                "upstream_values": after,
                "upstream_pending": sorted(pending - set(self._upstream_ignored)) or False,
                "upstream_removed": False,
            }
        )

    def _upstream_remove(self):
        """The addon no longer brings this row: off, unless the hospital has made it its own by editing it."""
        for record in self.filtered(lambda record: not record.upstream_removed):
            vals = {"upstream_removed": True}
            if "active" in record._fields and not record._upstream_edited():
                vals["active"] = False
            record.write(vals)

    # === ACTIONS ===

    def action_take_upstream(self):
        """Back to what the software delivers."""
        for record in self.filtered("upstream_values"):
            edited = record._upstream_edited()
            record.write({**{name: record.upstream_values[name] for name in edited}, "upstream_pending": False})
            if record.upstream_removed and "active" in record._fields:
                record.active = False

    def action_keep_ours(self):
        """What the hospital has entered stays; the difference is no longer pointed out."""
        self.write({"upstream_pending": False})

    # === BUSINESS ===

    @api.model
    def _upstream_names(self):
        """The fields that may be delivered: what is entered, not what follows from it."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and not field.compute
            and field.type != "one2many"
            and name not in BOOKKEEPING
            and name not in models.MAGIC_COLUMNS
        ]

    def _upstream_normal(self, name, value):
        field = self._fields[name]
        value = field.convert_to_write(field.convert_to_record(field.convert_to_cache(value, self), self), self)
        return value or (False if isinstance(value, str) else value)

    def _upstream_here(self, name):
        return self._upstream_normal(name, self[name])

    def _upstream_edited(self):
        """Names of the delivered fields that have another value here."""
        self.ensure_one()
        delivered = self.upstream_values or {}
        return [
            name
            for name, value in delivered.items()
            if name in self._fields and name not in self._upstream_ignored and self._upstream_here(name) != value
        ]

    def _upstream_shown(self, name, value):
        field = self._fields[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value or "")
        if field.relational:
            return self.env[field.comodel_name].browse(value).display_name if value else ""
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        return value if value is not False else ""
