from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalBed(models.Model):
    _name = "hospital.bed"
    _description = "Bed"
    _inherit = ["hospital.archive.mixin", "hospital.import.mixin", "mail.thread"]
    _order = "ward_id, sequence, name, id"
    _rec_names_search = ["name", "ward_id"]
    _hospital_import_fields = ("ward_id", "name", "kind", "sex_limit", "product_id", "sequence")
    _hospital_path_field = "ward_id"

    name = fields.Char(string="Bed", required=True, tracking=True)
    ward_id = fields.Many2one("hospital.ward", required=True, index=True, ondelete="restrict", tracking=True)
    campus_id = fields.Many2one(related="ward_id.campus_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("normal", "Normal"),
            ("extra", "Extra bed"),
            ("icu", "Intensive care"),
            ("isolation", "Isolation"),
            ("observation", "Observation"),
        ],
        required=True,
        default="normal",
        tracking=True,
    )
    sex_limit = fields.Selection(
        [("any", "Anybody"), ("1", "Men only"), ("2", "Women only")],
        string="For",
        required=True,
        default="any",
        tracking=True,
    )
    product_id = fields.Many2one("product.product", string="Bed fee", index="btree_not_null", ondelete="restrict")
    blocked = fields.Boolean(tracking=True, help="A blocked bed is not offered for admissions and transfers.")
    blocked_reason = fields.Char(string="Blocked reason", tracking=True)

    _ward_name_unique = models.Constraint(
        "UNIQUE (ward_id, name)", "This ward has a bed of that name already. Choose another name."
    )

    @api.constrains("blocked", "blocked_reason")
    def _check_blocked_reason(self):
        for bed in self:
            if bed.blocked and not (bed.blocked_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why bed %s is blocked, so that the others know when it will be free again.", bed.name
                    )
                )

    @api.constrains("active", "ward_id")
    def _check_nobody_inside(self):
        _stays_sudo = self.env["hospital.stay"].sudo()  # that a bed is taken is no secret, by whom is
        for stay in _stays_sudo.search([("bed_id", "in", self.ids), ("end_at", "=", False)]):
            if not stay.bed_id.active or stay.bed_id.ward_id != stay.ward_id:
                raise ValidationError(
                    self.env._(
                        "A patient lies in bed %(bed)s of %(ward)s. Transfer or discharge the patient first.",
                        bed=stay.bed_id.name,
                        ward=stay.ward_id.name,
                    )
                )

    @api.model
    def _hospital_import_example(self):
        ward = self.env["hospital.ward"].search([("campus_id", "=", self.env.user._hospital_campus().id)], limit=1)
        return {
            "ward_id": f"{ward.campus_id.name}/{ward.name}" if ward else None,
            "name": "X01",
            "sequence": 10,
            "kind": dict(self._fields["kind"]._description_selection(self.env))["normal"],
            "sex_limit": dict(self._fields["sex_limit"]._description_selection(self.env))["any"],
        }
