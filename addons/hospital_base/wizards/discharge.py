from odoo import api, fields, models


class HospitalDischarge(models.TransientModel):
    _name = "hospital.discharge"
    _description = "Discharge"
    _inherit = ["hospital.encounter.step"]

    way = fields.Selection("_selection_way", "How", required=True, default="1")
    days_in_hospital = fields.Integer(related="encounter_id.days_in_hospital")
    on_leave = fields.Boolean(related="encounter_id.is_on_leave")
    condition_code_id = fields.Many2one(
        "hospital.code",
        "Main diagnosis",
        compute="_compute_condition_code_id",
        store=True,
        readonly=False,
        domain=[("set_id.code", "=", "icd10")],
    )

    @api.model
    def _selection_way(self):
        """As the encounter says it, in the language of the user."""
        return self.env["hospital.encounter"]._fields["discharge_way"]._description_selection(self.env)

    @api.depends("encounter_id")
    def _compute_condition_code_id(self):
        """The main diagnosis so far; a doctor confirms or changes it."""
        for discharge in self:
            mains = discharge.encounter_id.condition_ids.filtered("is_main")
            by_stage = {main.stage: main.code_id for main in mains}
            discharge.condition_code_id = (
                by_stage.get("discharge") or by_stage.get("during") or by_stage.get("admission") or False
            )

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._discharge(self.at, self.way, self.reason)
        if self.condition_code_id:
            self.encounter_id._add_condition("discharge", self.condition_code_id)
        return {"type": "ir.actions.act_window_close"}
