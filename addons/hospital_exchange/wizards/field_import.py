import base64
import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools.field_table import TableError, read_table

FROM_FILE = ("name", "type", "length", "decimals", "format", "required", "code_set_id", "note", "confidence")


class HospitalFieldImport(models.TransientModel):
    """Field lines from the table a platform or a vendor hands out, looked at before anything is written."""

    _name = "hospital.field.import"
    _description = "Import of field lines"

    state = fields.Selection([("choose", "File"), ("preview", "Preview"), ("done", "Done")], default="choose")
    platform_id = fields.Many2one(
        "hospital.platform",
        required=True,
        default=lambda self: (
            self.env["hospital.interface"].browse(self.env.context.get("default_interface_id")).platform_id
        ),
    )
    interface_id = fields.Many2one(
        "hospital.interface",
        domain="[('platform_id', '=', platform_id)]",
        help="Empty: every row goes to the interface whose code stands in the file.",
    )
    file = fields.Binary("CSV or Excel file", attachment=False)
    file_name = fields.Char()
    rows_of = fields.Char(
        "Only the platform", help="For a file about several platforms: the name by which this one stands in it."
    )
    make_interfaces = fields.Boolean("Make interfaces that are missing")
    length_unit = fields.Selection(
        lambda self: self.env["hospital.interface.field"]._fields["length_unit"]._description_selection(self.env),
        "Length counted in",
        required=True,
        default="char",
        help="How this platform counts. It is set for new lines only.",
    )
    line_ids = fields.One2many("hospital.field.import.line", "import_id")
    new_count = fields.Integer("New", compute="_compute_counts")
    changed_count = fields.Integer("Changed", compute="_compute_counts")
    same_count = fields.Integer("As they are", compute="_compute_counts")
    problem_count = fields.Integer("Cannot be read", compute="_compute_counts")

    @api.depends("line_ids.kind")
    def _compute_counts(self):
        for wizard in self:
            kinds = wizard.line_ids.mapped("kind")
            wizard.new_count = kinds.count("new")
            wizard.changed_count = kinds.count("changed")
            wizard.same_count = kinds.count("same")
            wizard.problem_count = kinds.count("problem")

    # === ACTIONS ===

    def action_preview(self):
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose a CSV or Excel file."))
        try:
            rows = read_table(base64.b64decode(self.file), self.file_name)
        except TableError as error:
            raise UserError(self._table_sentence(error)) from error
        rows = self._only_this_platform(rows)
        self.line_ids = [Command.clear(), *(Command.create(vals) for vals in self._prepare_lines(rows))]
        self.state = "preview"
        return self._again()

    def action_back(self):
        self.write({"state": "choose", "line_ids": [Command.clear()]})
        return self._again()

    def action_import(self):
        """Write what is new or changed; sources, transforms and what else was set here stay as they are."""
        self.ensure_one()
        if self.state != "preview":
            raise UserError(self.env._("Look at the preview first."))
        wanted = self.line_ids.filtered(lambda line: line.kind in ("new", "changed"))
        if not wanted:
            raise UserError(self.env._("There is nothing to import: all lines are as in the file, or cannot be read."))
        made = self._make_missing(wanted)
        new = []
        for line in wanted:
            interface = line.interface_id or made[line.interface_code.lower()]
            if line.kind == "changed":
                line.line_id.write(line.vals)
            else:
                new.append(
                    {
                        **line.vals,
                        "interface_id": interface.id,
                        "part": line.part,
                        "path": line.path,
                        "length_unit": self.length_unit,
                    }
                )
        self.env["hospital.interface.field"].create(new)
        self.state = "done"
        return self._again()

    def action_open_lines(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_exchange.action_hospital_interface_field")
        owner = (
            ("interface_id", "=", self.interface_id.id)
            if self.interface_id
            else ("platform_id", "=", self.platform_id.id)
        )
        return {**action, "domain": [owner], "context": {}}

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import field lines"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === BUSINESS ===

    def _table_sentence(self, error):
        return {
            "unreadable": self.env._("The file cannot be read. Save it as CSV (UTF-8 or GBK) or as Excel (.xlsx)."),
            "empty": self.env._("The file is empty. Choose another one."),
            "headings": self.env._(
                "The first row of the file has no heading such as field, 字段 or 参数名. Put the headings into the first row."
            ),
        }[error.reason]

    def _only_this_platform(self, rows):
        names = list(dict.fromkeys(row.platform for row in rows if row.platform))
        if len(names) < 2:
            return rows
        wanted = (self.rows_of or self.platform_id.code).strip()
        if wanted not in names:
            raise UserError(
                self.env._(
                    "The file is about several platforms: %s. Enter which of them is this one.", ", ".join(names)
                )
            )
        return [row for row in rows if row.platform == wanted]

    def _prepare_lines(self, rows):
        """What would become of each row of the file, and of the lists that have no row of their own."""
        interfaces = {interface.code.lower(): interface for interface in self._interfaces()}
        existing = {
            (line.interface_id.id, line.part, line.path): line
            for line in self.env["hospital.interface.field"]
            .with_context(active_test=False)
            .search([("interface_id", "in", self._interfaces().ids)])
        }
        sets = {code_set.code: code_set for code_set in self.env["hospital.code.set"].search([])}
        seen, lines = {}, []
        named = {(row.interface.lower(), row.part, row.path.removesuffix("[]")) for row in rows}
        for row in rows:
            interface = self.interface_id or interfaces.get(row.interface.lower())
            place = ((interface and interface.id) or row.interface.lower(), row.part, row.path)
            for path in self._lists_above(row, named):
                above = (*place[:2], path)
                if above not in seen and above not in existing:
                    seen[above] = row.number
                    vals = {"name": path.removesuffix("[]").split(".")[-1] or path, "type": "list"}
                    vals["sequence"] = (row.values.get("sequence") or 1) - 1
                    lines.append(self._prepare_line(row, interface, path, vals, "new"))
            vals = self._values(row, sets)
            line = existing.get(place)
            problem = self._problem(row, interface, seen.get(place))
            seen.setdefault(place, row.number)
            if problem and (row.is_unreadable or not self._may_import(row, interface) or seen[place] != row.number):
                lines.append(self._prepare_line(row, interface, row.path, vals, "problem", problem))
                continue
            changes = line and {
                name: vals[name] for name in FROM_FILE if name in vals and self._differs(line, name, vals)
            }
            kind = "new" if not line else "changed" if changes else "same"
            what = problem or (changes and self._changed_fields(line, changes)) or False
            lines.append(self._prepare_line(row, interface, row.path, changes if line else vals, kind, what, line))
        return lines

    def _interfaces(self):
        return self.interface_id or self.env["hospital.interface"].with_context(active_test=False).search(
            [("platform_id", "=", self.platform_id.id)]
        )

    @staticmethod
    def _lists_above(row, named):
        parts = row.path.split(".")
        paths = [".".join(parts[:count]) for count in range(1, len(parts)) if parts[count - 1].endswith("[]")]
        return [path for path in paths if (row.interface.lower(), row.part, path.removesuffix("[]")) not in named]

    def _values(self, row, sets):
        values = dict(row.values)
        if row.code_set:
            found = sets.get(row.code_set) or sets.get(re.split(r"[\s(（]", row.code_set)[0])
            if found:
                values["code_set_id"] = found.id
            else:
                values["note"] = "; ".join(part for part in (values["note"], f"{row.code_set}") if part)
        return values

    def _may_import(self, row, interface):
        return bool(interface) or (self.make_interfaces and row.interface)

    def _problem(self, row, interface, twice):
        if row.problem == "path":
            return self.env._("The field has no name that can stand in a payload.")
        if row.problem == "name":
            return self.env._("The field has no name.")
        if twice:
            return self.env._("The same field stands in row %s already.", twice)
        if not self._may_import(row, interface):
            if not row.interface:
                return self.env._("The row names no interface. Choose one above.")
            return self.env._("The platform has no interface %s.", row.interface)
        if row.problem == "type":
            return self.env._("The type is not known; it is taken as text.")
        if row.problem == "length":
            return self.env._("The length is no number; it is left open.")
        return None

    def _differs(self, line, name, vals):
        value = line[name]
        value = value.id if isinstance(value, models.BaseModel) else value
        return (value or False) != (vals[name] or False) if name != "decimals" else value != vals[name]

    def _changed_fields(self, line, changes):
        labels = [line._fields[name].get_description(self.env, ["string"])["string"] for name in changes]
        return self.env._("Changes: %s", ", ".join(labels))

    def _prepare_line(self, row, interface, path, vals, kind, what=False, line=None):
        return {
            "row": row.number,
            "interface_code": (interface and interface.code) or row.interface,
            "interface_name": row.interface_name,
            "interface_id": interface and interface.id,
            "part": row.part,
            "path": path,
            "name": vals.get("name") or (line and line.name) or row.values["name"],
            "vals": vals,
            "kind": kind,
            "what": what,
            "line_id": line and line.id,
        }

    def _make_missing(self, wanted):
        """Interfaces that stand in the file only; they call nothing until somebody completes them."""
        missing = {}
        for line in wanted.filtered(lambda line: not line.interface_id):
            missing.setdefault(line.interface_code.lower(), line)
        interfaces = self.env["hospital.interface"].create(
            [
                {
                    "platform_id": self.platform_id.id,
                    "code": line.interface_code,
                    "name": line.interface_name or line.interface_code,
                }
                for line in missing.values()
            ]
        )
        return dict(zip(missing, interfaces, strict=True))


class HospitalFieldImportLine(models.TransientModel):
    _name = "hospital.field.import.line"
    _description = "Row of an import of field lines"
    _order = "problem_first, row, id"

    import_id = fields.Many2one("hospital.field.import", required=True, index=True, ondelete="cascade")
    row = fields.Integer(aggregator=None)
    interface_code = fields.Char("Interface")
    interface_name = fields.Char()
    interface_id = fields.Many2one("hospital.interface", "Known interface", ondelete="cascade")
    line_id = fields.Many2one("hospital.interface.field", "Known line", ondelete="cascade")
    part = fields.Selection(
        lambda self: self.env["hospital.interface.field"]._fields["part"]._description_selection(self.env)
    )
    path = fields.Char()
    name = fields.Char()
    kind = fields.Selection(
        [("new", "New"), ("changed", "Changed"), ("same", "As it is"), ("problem", "Cannot be read")], "Result"
    )
    problem_first = fields.Integer(compute="_compute_problem_first", store=True)
    what = fields.Char()
    vals = fields.Json()

    @api.depends("kind")
    def _compute_problem_first(self):
        order = ("problem", "changed", "new", "same")
        for line in self:
            line.problem_first = order.index(line.kind)
