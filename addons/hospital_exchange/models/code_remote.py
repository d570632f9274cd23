from odoo import fields, models


class HospitalCodeRemote(models.Model):
    """A code of a platform's own list, as the platform published it: what can be mapped to."""

    _name = "hospital.code.remote"
    _description = "Code of a platform"
    _inherit = ["hospital.pinyin.mixin", "hospital.import.mixin"]
    _order = "platform_id, list_name, code, id"
    _hospital_import_fields = ("platform_id", "list_name", "code", "name", "note")

    platform_id = fields.Many2one("hospital.platform", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    list_name = fields.Char(
        "List", required=True, index=True, help="The same short name as in the code map: sex, department, product …"
    )
    code = fields.Char(required=True, index="trigram")
    note = fields.Text()
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (platform_id, list_name, code)", "The list of the platform has this code already. Change that row."
    )

    def _compute_display_name(self):
        for remote in self:
            remote.display_name = f"{remote.code} {remote.name}" if remote.code else remote.name

    def _hospital_import_example(self):
        return {
            "platform_id": self.env["hospital.platform"].search([], limit=1).name or None,
            "list_name": "department",
            "code": "A01.01",
            "name": self.env._("Example code"),
        }
