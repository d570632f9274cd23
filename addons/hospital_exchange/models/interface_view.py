import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, safe_eval

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
CLOSED = re.compile(r"(ir|certificate|auth.*|res\.users|hospital\.(secret|message|access))(\..*)?")
OPEN = {"id", "name", "login"}
"""Models of which nothing is shown to others, but these fields."""
MOMENTS = (("yyyy", "YYYY"), ("MM", "MM"), ("dd", "DD"), ("HH", "HH24"), ("mm", "MI"), ("ss", "SS"))
WATCHED = {"active", "direction", "code", "path", "model_id", "domain", "field_ids", "view_query", "platform_id"}


class HospitalInterface(models.Model):
    """A view of ours that the platform reads: its query, made from the field lines."""

    _inherit = "hospital.interface"

    view_name = fields.Char("View", compute="_compute_view_name")
    view_query = fields.Text(
        "Query of the view",
        groups="hospital_exchange.group_exchange_admin",
        copy=False,
        help="Given by an addon in place of field lines; {company_id} and {campus_id} stand for those of the platform.",
    )

    @api.depends("direction", "code", "path", "platform_id.code")
    def _compute_view_name(self):
        for interface in self:
            schema = interface.platform_id.view_schema
            named = interface.direction == "view" and schema
            interface.view_name = f"{schema}.{interface._own_view_name()}" if named else False

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._check_query_writer(vals_list)
        interfaces = super().create(vals_list)
        if any(interface.direction == "view" for interface in interfaces):
            self.env["hospital.platform"]._views_changed()
        return interfaces

    def write(self, vals):
        self._check_query_writer([vals])
        concerned = WATCHED & vals.keys() and ("direction" in vals or "view" in self.mapped("direction"))
        result = super().write(vals)
        if concerned:
            self.env["hospital.platform"]._views_changed()
        return result

    def unlink(self):
        concerned = "view" in self.mapped("direction")
        result = super().unlink()
        if concerned:
            self.env["hospital.platform"]._views_changed()
        return result

    def _check_query_writer(self, vals_list):
        """A query runs with the rights of the server: addons bring it, nobody types it in."""
        if not self.env.su and any(vals.get("view_query") for vals in vals_list):
            raise AccessError(self.env._("The query of a view comes with an addon. Use field lines instead."))

    # === THE QUERY ===

    def _own_view_name(self):
        return (self.path or self.code or "").lower()

    def _view_sql(self):
        """The query of the view; raises ViewError."""
        self.ensure_one()
        if not NAME.fullmatch(self._own_view_name()):
            raise ViewError(
                self.env._("“%s” is no name for a view: small letters, digits and _ only.", self._own_view_name())
            )
        if self.view_query:
            return self._given_sql()
        if not self.model or self.model not in self.env:
            raise ViewError(self.env._("Choose the source model of the view."))
        return self._lines_sql()

    def _given_sql(self):
        if "{company_id}" not in self.view_query:
            raise ViewError(self.env._("The query of the view does not ask for {company_id}, so it is not bound."))
        ids = {"company_id": self.company_id.id, "campus_id": self.platform_id.campus_id.id or "NULL"}
        text = re.sub(r"\{(company_id|campus_id)\}", lambda found: str(ids[found[1]]), self.view_query)
        return SQL(text.rstrip().rstrip(";").replace("%", "%%"))  # pylint: disable=sql-injection

    def _lines_sql(self):
        source = self.env[self.model].sudo()  # a view shows chosen columns of all rows of the hospital
        source = source.with_context(lang=self.company_id.partner_id.lang or "zh_CN", active_test=True)
        query = source._search(self._view_domain(source), bypass_access=True)
        lines = self.field_ids.filtered(lambda line: line.active and line.part == "request").sorted("sequence")
        if not lines:
            raise ViewError(self.env._("Add the field lines of the view: one for each column."))
        columns = [
            SQL("%s AS %s", self._column_sql(line, source, query), SQL.identifier(self._column_name(line)))
            for line in lines
        ]
        return query.select(*columns)

    def _view_domain(self, source):
        try:
            own = Domain(safe_eval.safe_eval(self.domain or "[]", {}))
        except (ValueError, TypeError):
            raise ViewError(
                self.env._("The filter of a view must be fixed: it cannot know the day or the user who reads.")
            ) from None
        for condition in own.iter_conditions():
            self._end_of_view_path(source, condition.field_expr)
        return own & self._bounds(source)

    def _bounds(self, source):
        """Rows of the hospital and, if the platform is of one campus, of that campus."""
        bounds = Domain.TRUE
        names = source._fields
        if "company_id" in names and names["company_id"].store:
            bounds &= Domain("company_id", "in", [False, self.company_id.id])
        elif "campus_id" in names and names["campus_id"].store:
            bounds &= Domain("campus_id.company_id", "=", self.company_id.id)
        if self.platform_id.campus_id and "campus_id" in names and names["campus_id"].store:
            bounds &= Domain("campus_id", "in", [False, self.platform_id.campus_id.id])
        return bounds

    def _column_name(self, line):
        name = line.path.lower()
        if not NAME.fullmatch(name):
            raise ViewError(self.env._("“%s” is no name for a column of a view.", line.path))
        return name

    def _end_of_view_path(self, source, path):
        """The field at the end of a path that leads along columns of tables."""
        model, field = source, None
        for step in path.split("."):
            if field is not None and field.type != "many2one":
                raise ViewError(self.env._("%s leads through a list, so no view can show it.", path))
            field = model._fields.get(step)
            if field is not None and field.related and not field.store:
                self._end_of_view_path(model, field.related)
            elif field is None or not field.store or not field.column_type:
                raise ViewError(self.env._("%s is not stored in a column, so no view can show it.", path))
            if CLOSED.fullmatch(model._name) and step not in OPEN:
                raise ViewError(self.env._("%s is not shown to others.", path))
            model = model.env[field.comodel_name] if field.type == "many2one" else model
        if field.type in ("binary", "json", "properties"):
            raise ViewError(self.env._("%s is no plain value, so no view can show it.", path))
        return field

    def _column_sql(self, line, source, query):
        if line.source == "constant":
            return SQL("%s::text", line.value or "")
        if line.source == "parameter":
            return SQL("%s::text", self.platform_id._parameter(line.value) or "")
        if line.source != "record" or line.is_mapped or line.transform:
            raise ViewError(
                self.env._(
                    "%s: a view shows record paths, constants and parameters, without code map and change.", line.path
                )
            )
        field = self._end_of_view_path(source, line.value)
        model, alias = source, query.table
        *steps, last = line.value.split(".")
        for step in steps:
            model, alias = self._join(model, alias, step, query)
        return self._formatted(line, field, model._field_to_sql(alias, last, query))

    @staticmethod
    def _join(model, alias, step, query):
        field = model._fields[step]
        if field.related and not field.store:
            model, field, alias = model._traverse_related_sql(alias, field, query)
        return field.join(model, alias, query)

    def _formatted(self, line, field, value):
        if field.type == "datetime":  # as the clock on the wall shows it
            value = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", value, self.company_id.hospital_tz)
        if line.format and field.type in ("date", "datetime"):
            pattern = line.format
            for ours, theirs in MOMENTS:
                pattern = pattern.replace(ours, theirs)
            value = SQL("to_char(%s, %s)", value, pattern)
        elif line.format and field.type == "boolean":
            yes, _slash, no = line.format.partition("/")
            value = SQL("CASE WHEN %s THEN %s ELSE %s END", value, yes, no)
        elif line.format == "cents":
            value = SQL("round(%s * 100)::bigint", value)
        elif line.format:
            raise ViewError(
                self.env._("%(field)s: a view cannot show the format %(format)s.", field=line.path, format=line.format)
            )
        return SQL("COALESCE(%s::text, %s)", value, line.default) if line.default else value


class ViewError(Exception):
    """Why a view cannot be made, as a sentence."""
