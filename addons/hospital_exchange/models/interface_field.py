from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..tools import field_formats, field_tree
from ..tools.field_transforms import TRANSFORMS
from ..tools.field_values import NUMBER_FORMATS

TYPES = [
    ("string", "Text"),
    ("integer", "Whole number"),
    ("number", "Number"),
    ("money", "Money"),
    ("date", "Date"),
    ("datetime", "Date and time"),
    ("boolean", "Yes or no"),
    ("object", "Group"),
    ("list", "List"),
]


class HospitalInterfaceField(models.Model):
    """One field of a request or a reply: what the platform wants, and where the value comes from."""

    _name = "hospital.interface.field"
    _description = "Field line"
    _inherit = ["hospital.pinyin.mixin", "hospital.upstream.mixin"]
    _order = "interface_id, part desc, sequence, id"
    _rec_names_search = ["name", "path", "initials"]
    _upstream_ignored = ("sequence",)

    interface_id = fields.Many2one("hospital.interface", required=True, index=True, ondelete="cascade")
    platform_id = fields.Many2one(related="interface_id.platform_id", store=True, index=True)
    company_id = fields.Many2one(related="interface_id.company_id", store=True)
    model = fields.Char(related="interface_id.model", string="Source model")
    direction = fields.Selection(related="interface_id.direction")
    part = fields.Selection([("request", "Request"), ("reply", "Reply")], required=True, default="request")
    sequence = fields.Integer(default=10)
    path = fields.Char(
        required=True, help="Where it stands in the payload, such as data.patients[].name; [] after what is repeated."
    )
    type = fields.Selection(TYPES, required=True, default="string")
    # a column of ours, not the attribute fields had long ago; pylint: disable-next=attribute-deprecated
    length = fields.Integer(help="The most the platform takes: characters of a text, digits of a number. 0: any.")
    length_unit = fields.Selection(
        [("char", "Characters"), ("gbk", "Bytes in GBK"), ("utf8", "Bytes in UTF-8")],
        "Length counted in",
        required=True,
        default="char",
        help="A Chinese character counts 1, 2 in GBK, or 3 in UTF-8.",
    )
    decimals = fields.Integer(default=-1, help="-1: as it comes; money then has two.")
    format = fields.Char(
        help="Dates: yyyyMMdd, yyyy-MM-dd HH:mm:ss, timestamp, millis. Money: yuan (12.50), yuan number, cents, "
        "cents text. Numbers: text. Yes or no: the two words, such as 1/0."
    )
    required = fields.Boolean()
    code_set_id = fields.Many2one("hospital.code.set", ondelete="restrict", index="btree_not_null")
    is_mapped = fields.Boolean("Through the code map", help="Our code is exchanged for the code of the platform.")
    source = fields.Selection(
        [
            ("record", "Record"),
            ("records", "Rows of the record"),
            ("constant", "Constant"),
            ("parameter", "Parameter of the platform"),
            ("call", "The call itself"),
        ],
        help="Rows: the list has one item for each. The call itself: today, now, user, campus, record (the outermost), "
        "message (the call that is asked about or taken back), or what the caller hands over.",
    )
    value = fields.Char(
        help="A path from the record such as patient_id.name, the constant, the name of the parameter. Inside a list "
        "the path begins at the row. In a reply: the field of ours that is written.",
    )
    transform = fields.Selection(TRANSFORMS)
    default = fields.Char("Otherwise", help="Sent when the source is empty.")
    is_key = fields.Boolean(
        "Finds the row",
        help="In a list of a reply, and in the request of a call in: by this value our row is found.",
    )
    active = fields.Boolean(default=True)
    confidence = fields.Selection(
        [("high", "Documented"), ("medium", "Seen in use"), ("low", "Unsure"), ("inferred", "Inferred")],
        help="How sure it is that the platform really wants it so.",
    )
    note = fields.Text()

    _path_unique = models.Constraint(
        "UNIQUE (interface_id, part, path)", "This field has a line already. Change that line."
    )
    _length_positive = models.Constraint(
        "CHECK (length >= 0 AND decimals >= -1 AND decimals <= 12)",
        "The length cannot be below 0, the decimals must be between -1 and 12.",
    )

    # === COMPUTE ===

    @api.depends("name", "path")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.path} {line.name or ''}".strip() if line.path else line.name

    # === CONSTRAINTS ===

    @api.constrains("path")
    def _check_path(self):
        for line in self:
            if not field_tree.is_path(line.path):
                raise ValidationError(
                    self.env._(
                        "“%s” is no path of a payload. Write names with dots between them and [] after what is "
                        "repeated, such as data.patients[].name.",
                        line.path,
                    )
                )

    @api.constrains("type", "format")
    def _check_format(self):
        for line in self.filtered("format"):
            if line.type in ("date", "datetime"):
                good = field_formats.is_moment_format(line.format)
            elif line.type in NUMBER_FORMATS:
                good = line.format in NUMBER_FORMATS[line.type]
            elif line.type == "boolean":
                good = len(line.format.split("/")) == 2
            else:
                good = line.type == "string" and field_formats.is_moment_format(line.format)
            if not good:
                raise ValidationError(
                    self.env._(
                        "%(field)s: the format “%(format)s” does not go with its type. Look at the help of the "
                        "format, or leave it empty.",
                        field=line.name,
                        format=line.format,
                    )
                )

    @api.constrains("source", "value", "interface_id", "path", "part", "active")
    def _check_source(self):
        for line in (self | self._inside()).filtered(lambda line: line.active and line.source):
            if problem := line._path_problem():
                raise ValidationError(problem)

    # === CRUD: compiled lines are kept in a cache ===

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === ACTIONS ===

    def action_test(self):
        """Open the test of this line against a record."""
        self.ensure_one()
        return self.interface_id.action_test_fields(self)

    # === BUSINESS ===

    @api.model
    @ormcache("interface_id", "part")
    def _tree(self, interface_id, part):
        """The active lines of one part of an interface, compiled."""
        _lines_sudo = (
            self.sudo()
            .with_context(active_test=True)
            .search([("interface_id", "=", interface_id), ("part", "=", part)])
        )
        return field_tree.grow([line._compiled() for line in _lines_sudo]) if _lines_sudo else None

    def _compiled(self):
        self.ensure_one()
        value = (self.value or "").strip()
        return field_tree.Line(
            id=self.id,
            path=self.path,
            name=self.name,
            type=self.type,
            length=self.length,
            length_unit=self.length_unit,
            decimals=self.decimals,
            format=self.format or "",
            required=self.required,
            set_id=self.code_set_id.id,
            mapped=self.is_mapped,
            source=self.source or "",
            value=value,
            steps=tuple(value.split(".")) if value else (),
            transform=self.transform or "",
            default=self.default or "",
            is_key=self.is_key,
            note=self.note or "",
        )

    def _inside(self):
        """The lines whose paths begin where one of these lines leads."""
        holders = self.filtered(lambda line: line.type in ("list", "object") or line.path.endswith("[]"))
        return holders.interface_id.field_ids.filtered(
            lambda inner: any(
                inner.interface_id == line.interface_id
                and inner.part == line.part
                and inner.path.replace("[]", "").startswith(f"{line.path.replace('[]', '')}.")
                for line in holders
            )
        )

    def _scope_model(self):
        """The model at which the path of this line begins: that of the list around it, or of the interface.

        None: it cannot be known before a call is made.
        """
        model = self.interface_id.model
        above = field_tree.parent_paths(self.path)
        around = self.search([("interface_id", "=", self.interface_id.id), ("part", "=", self.part)])
        by_path = {line.path.removesuffix("[]"): line for line in around}
        for path in above:
            line = by_path.get(path.removesuffix("[]"))
            if line and line.value and line.source == "call":
                return None
            if line and line.value and line.source in ("record", "records"):
                model = self._end_of_path(model, line.value)[0]
        return model

    def _end_of_path(self, model, path):
        """(comodel, field) at the end of a record path; (None, None) where it leads nowhere."""
        field = None
        for step in path.split("."):
            if model not in self.env or not (field := self.env[model]._fields.get(step)):
                return None, None
            model = field.comodel_name if field.relational else None
        return model, field

    def _path_problem(self):
        """A sentence when the record path of this line does not lead to a value."""
        self.ensure_one()
        if self.source not in ("record", "records"):
            return None
        if not self.value:
            return self.env._("%s: enter the record path, such as patient_id.name.", self.name)
        model = self._scope_model()
        if not model:
            return None
        comodel, field = self._end_of_path(model, self.value)
        if field is None:
            return self.env._(
                "%(field)s: the path %(path)s leads nowhere from %(model)s. Correct the path.",
                field=self.name,
                path=self.value,
                model=self.env["ir.model"]._get(model).sudo().name or model,
            )
        is_list = self.path.endswith("[]") or self.type == "list"
        if self.source == "records" and not (comodel and is_list):
            return self.env._("%s: rows need a path that ends at records, and a field that is a list.", self.name)
        if (
            comodel
            and self.type not in ("list", "object")
            and not self.is_mapped
            and "code" not in self.env[comodel]._fields
        ):
            return self.env._(
                "%(field)s: the path %(path)s ends at a record. Add the field of it that is meant, such as "
                "%(path)s.name.",
                field=self.name,
                path=self.value,
            )
        return None
