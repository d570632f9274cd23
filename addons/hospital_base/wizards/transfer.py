from odoo import api, fields, models


class HospitalTransfer(models.TransientModel):
    _name = "hospital.transfer"
    _description = "Transfer to another bed, ward, department or doctor"
    _inherit = ["hospital.bed.choice"]

    ward_id = fields.Many2one(compute="_compute_ward_id", store=True, readonly=False)
    on_leave = fields.Boolean(related="encounter_id.is_on_leave")

    @api.depends("encounter_id")
    def _compute_ward_id(self):
        for transfer in self:
            transfer.ward_id = transfer.ward_id or transfer.encounter_id.ward_id

    @api.depends("ward_id", "encounter_id")
    def _compute_bed_id(self):
        for transfer in self:
            if not transfer.bed_id or transfer.bed_id.ward_id != transfer.ward_id:
                transfer.bed_id = (transfer.free_bed_ids - transfer._own_bed())[:1]

    def _own_bed(self):
        return self.encounter_id.bed_id.filtered(lambda bed: bed.ward_id == self.ward_id)

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._transfer(self.bed_id, self.at, self.department_id, self.practitioner_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
