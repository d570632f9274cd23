from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identity, masking
from ..tools.masked_field import masked_char


class HospitalCoverage(models.Model):
    _name = "hospital.coverage"
    _description = "Coverage"
    _inherit = ["hospital.masked.mixin", "hospital.access.mixin"]
    _order = "patient_id, priority, id"

    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="cascade")
    kind_id = fields.Many2one(
        "hospital.code",
        "Insurance",
        required=True,
        domain=[("set_id.code", "=", "insutype")],
        ondelete="restrict",
    )
    insurer = fields.Char()
    number_full = fields.Char("Whole number", groups=fields.NO_ACCESS, copy=False, index="btree_not_null")
    number = masked_char("Number", full="number_full", mask=masking.mask_number, normalise="_hospital_clean_number")
    area_code = fields.Char("Insured area")
    person_type = fields.Char("Category of person")
    employer = fields.Char()
    valid_from = fields.Date("Valid from")
    valid_to = fields.Date("Valid to")
    priority = fields.Integer(default=1, help="1 pays first.")
    active = fields.Boolean(default=True)

    @api.depends("kind_id.name", "number")
    def _compute_display_name(self):
        for coverage in self:
            coverage.display_name = f"{coverage.kind_id.name or ''} {coverage.number or ''}".strip()

    @api.constrains("valid_from", "valid_to")
    def _check_validity(self):
        for coverage in self:
            if coverage.valid_from and coverage.valid_to and coverage.valid_from > coverage.valid_to:
                raise ValidationError(self.env._("The coverage ends before it begins: correct its validity."))

    def _hospital_clean_number(self, typed):
        return identity.normalise(typed)

    def _hospital_search_value(self, full, typed):
        return identity.normalise(typed)
