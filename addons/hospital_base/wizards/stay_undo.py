from odoo import api, fields, models


class HospitalStayUndo(models.TransientModel):
    _name = "hospital.stay.undo"
    _description = "Undoing a step of a stay in hospital"

    encounter_id = fields.Many2one("hospital.encounter", required=True)
    operation = fields.Selection(
        [
            ("discharge", "Discharge"),
            ("transfer", "Transfer"),
            ("admission", "Admission"),
            ("leave", "Leave of absence"),
        ],
        required=True,
    )
    stay_id = fields.Many2one("hospital.stay")
    leave_id = fields.Many2one("hospital.leave")
    what = fields.Char(compute="_compute_what")
    bed_taken = fields.Boolean(compute="_compute_free_bed_ids")
    free_bed_ids = fields.Many2many("hospital.bed", compute="_compute_free_bed_ids")
    bed_id = fields.Many2one(
        "hospital.bed",
        compute="_compute_bed_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', free_bed_ids)]",
    )
    reason = fields.Char(required=True)

    @api.depends("encounter_id", "operation", "stay_id", "leave_id")
    def _compute_what(self):
        for undo in self:
            encounter, last = undo.encounter_id, undo.encounter_id.stay_ids.sorted("start_at")[-1:]
            stay = undo.stay_id or last
            if undo.operation == "discharge":
                undo.what = encounter.end_at and f"{encounter._show_time(encounter.end_at)} · {last._place_label()}"
            elif undo.operation == "leave":
                undo.what = undo.leave_id and undo.leave_id._period_label()
            else:
                undo.what = stay and f"{encounter._show_time(stay.start_at)} · {stay._place_label()}"

    @api.depends("encounter_id", "operation")
    def _compute_free_bed_ids(self):
        """Beds free since the discharge: his own first, else of the same ward, else of the campus."""
        for undo in self:
            undo.free_bed_ids, undo.bed_taken = False, False
            last = undo.encounter_id.stay_ids.sorted("start_at")[-1:]
            if undo.operation != "discharge" or not last.end_at:
                continue
            sex = undo.encounter_id.patient_id.sex
            beds = self.env["hospital.bed"].search(
                [
                    ("campus_id", "=", undo.encounter_id.campus_id.id),
                    ("blocked", "=", False),
                    ("sex_limit", "in", ["any", sex]),
                    ("ward_id.active", "=", True),
                ]
            )
            free = beds._free_between(last.end_at, None, undo.encounter_id)
            undo.bed_taken = last.bed_id not in free
            undo.free_bed_ids = free.sorted(lambda bed: (bed != last.bed_id, bed.ward_id != last.ward_id))

    @api.depends("free_bed_ids")
    def _compute_bed_id(self):
        for undo in self:
            last = undo.encounter_id.stay_ids.sorted("start_at")[-1:]
            own_ward = undo.free_bed_ids.filtered(lambda bed: bed.ward_id == last.ward_id)
            undo.bed_id = last.bed_id & undo.free_bed_ids or own_ward[:1]

    def action_confirm(self):
        self.ensure_one()
        encounter = self.encounter_id
        if self.operation == "discharge":
            encounter._undo_discharge(self.reason, self.bed_id)
        elif self.operation == "transfer":
            encounter._undo_transfer(self.reason, self.stay_id)
        elif self.operation == "leave":
            encounter._remove_leave(self.leave_id, self.reason)
        else:
            encounter._undo_admission(self.reason)
        return {"type": "ir.actions.act_window_close"}
