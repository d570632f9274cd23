from odoo import api, fields, models


class HospitalCodeSet(models.Model):
    """A code table, national or of the hospital: sexes, nationalities, diagnoses, titles."""

    _name = "hospital.code.set"
    _description = "Code set"
    _inherit = ["hospital.archive.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(required=True, copy=False, help="Short technical name by which the software finds the set.")
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="Which standard the codes come from and what they are used for.")
    show_code = fields.Boolean(string="Code before the name", help="Show the code in front of the name wherever a code of this set is chosen.")
    note = fields.Text()
    code_ids = fields.One2many("hospital.code", "set_id", string="Codes")
    code_count = fields.Integer(compute="_compute_code_count")

    _code_unique = models.Constraint("UNIQUE (code)", "Another code set has this code already. Choose another code.")

    @api.depends("code_ids")
    def _compute_code_count(self):
        counts = dict(self.env["hospital.code"]._read_group([("set_id", "in", self.ids)], ["set_id"], ["__count"]))
        for code_set in self:
            code_set.code_count = counts.get(code_set._origin, 0)

    def action_view_codes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_code")
        action.update(domain=[("set_id", "=", self.id)], context={"default_set_id": self.id}, display_name=self.name)
        return action
