from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache


class HospitalCode(models.Model):
    _name = "hospital.code"
    _description = "Code"
    _inherit = ["hospital.pinyin.mixin", "hospital.archive.mixin", "hospital.import.mixin"]
    _order = "set_id, sequence, code, id"
    _hospital_import_fields = ("set_id", "code", "name", "alt_code", "sequence", "note")

    set_id = fields.Many2one("hospital.code.set", string="Code set", required=True, index=True, ondelete="cascade")
    set_code = fields.Char(related="set_id.code", string="Set code")
    code = fields.Char(required=True, index="trigram")
    alt_code = fields.Char(
        string="Other code",
        index="btree_not_null",
        help="A second official code, such as the three digits of a country.",
    )
    parent_id = fields.Many2one(
        "hospital.code",
        string="Higher level",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('set_id', '=', set_id)]",
    )
    child_ids = fields.One2many("hospital.code", "parent_id", string="Lower levels")
    sequence = fields.Integer(default=10)
    note = fields.Text()

    _code_in_set_unique = models.Constraint(
        "UNIQUE (set_id, code)",
        "This code exists already in the code set. Change the existing one or choose another code.",
    )

    @api.depends("name", "code", "set_id.show_code")
    def _compute_display_name(self):
        for code in self:
            code.display_name = f"{code.code} {code.name}" if code.set_id.show_code and code.code else code.name

    @api.constrains("parent_id", "set_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A code cannot stand above itself. Choose another higher level."))
        for code in self.filtered("parent_id"):
            if code.parent_id.set_id != code.set_id:
                raise ValidationError(
                    self.env._(
                        "%(code)s and its higher level %(parent)s belong to different code sets. "
                        "Choose a higher level of the same set.",
                        code=code.display_name,
                        parent=code.parent_id.display_name,
                    )
                )

    @api.model
    def _search_display_name(self, operator, value):
        """Also "03.04 心血管内科专业" as such codes are shown, and only in the set an import asks for."""
        domain = Domain(super()._search_display_name(operator, value))
        if operator not in Domain.NEGATIVE_OPERATORS:
            one_operator = "=" if operator == "in" else operator
            for shown in [value] if isinstance(value, (str, bool)) else value:
                if isinstance(shown, str) and " " in shown:
                    code, name = shown.split(" ", 1)
                    domain |= (
                        Domain("set_id.show_code", "=", True)
                        & Domain("code", "=ilike", code)
                        & Domain("name", one_operator, name)
                    )
        if code_set := self.env.context.get("hospital_code_set"):
            domain &= Domain("set_id.code", "=", code_set)
        return domain

    @api.model_create_multi
    def create(self, vals_list):
        codes = super().create(vals_list)
        self.env.registry.clear_cache()
        return codes

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"code", "set_id", "active"}):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache("set_code", "code")
    def _get_id(self, set_code, code):
        return (
            self.sudo()
            .with_context(active_test=False)
            .search([("set_id.code", "=", set_code), ("code", "=", code)], limit=1)
            .id
        )

    @api.model
    def _get(self, set_code, code):
        """The code of a set, archived ones too; empty when there is none."""
        return self.browse(self._get_id(set_code, code))

    @api.model
    def _hospital_import_example(self):
        return {
            "set_id": self.env["hospital.code.set"].search([("code", "=", "icd10")], limit=1).name or None,
            "code": "X99.900",
            "name": self.env._("Example code"),
            "sequence": 10,
        }
