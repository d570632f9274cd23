from odoo import api, fields, models


class HospitalStay(models.Model):
    """One segment of an encounter: this patient in this bed, for this department and doctor, from–to.

    The segments of an encounter follow each other without a gap: `end_at` of one is `start_at` of the next, and only the last
    may be open. The steps of the encounter (`_admit`, `_transfer` …) are the only writer; users read.
    """

    _name = "hospital.stay"
    _description = "Stay"
    _order = "start_at, id"
    _rec_name = "bed_id"

    encounter_id = fields.Many2one("hospital.encounter", required=True, index=True, ondelete="cascade")
    patient_id = fields.Many2one(related="encounter_id.patient_id", store=True, precompute=True, index=True)
    campus_id = fields.Many2one(related="ward_id.campus_id", store=True, precompute=True, index=True)
    department_id = fields.Many2one("hospital.department", required=True, ondelete="restrict", index=True)
    ward_id = fields.Many2one("hospital.ward", required=True, ondelete="restrict")
    bed_id = fields.Many2one("hospital.bed", required=True, ondelete="restrict")
    practitioner_id = fields.Many2one(
        "hospital.practitioner", string="Doctor", ondelete="restrict", index="btree_not_null"
    )
    start_at = fields.Datetime("From", required=True)
    end_at = fields.Datetime("To", help="Empty while the patient is there.")
    sequence = fields.Integer("No.", compute="_compute_sequence")
    days = fields.Integer(compute="_compute_days", help="Midnights in this bed, in the time zone of the hospital.")
    reason = fields.Char(readonly=True)

    _dates_in_order = models.Constraint(
        "CHECK (end_at > start_at)", "A stay must end after it begins. Correct the time."
    )
    _one_patient_per_bed = models.Constraint(
        "EXCLUDE USING gist (bed_id WITH =, tsrange(start_at, end_at) WITH &&)",
        "The bed is occupied by another patient at that time. Choose another bed.",
    )
    _one_bed_per_patient = models.Constraint(
        "EXCLUDE USING gist (patient_id WITH =, tsrange(start_at, end_at) WITH &&)",
        "The patient lies in another bed at that time. Correct the time.",
    )
    _ward_index = models.Index("(ward_id, start_at)")
    _present_index = models.Index("(bed_id) WHERE end_at IS NULL")

    @api.depends("encounter_id.stay_ids.start_at")
    def _compute_sequence(self):
        for encounter in self.encounter_id:
            for number, stay in enumerate(encounter.stay_ids.sorted("start_at"), 1):
                stay.sequence = number

    @api.depends("start_at", "end_at")
    def _compute_days(self):
        now = fields.Datetime.now()
        for stay in self:
            company = stay.encounter_id.company_id
            first, last = company._hospital_date(stay.start_at), company._hospital_date(stay.end_at or now)
            stay.days = (last - first).days

    def _covers(self, moment):
        self.ensure_one()
        return self.start_at <= moment and (not self.end_at or moment < self.end_at)

    def _is_same_place(self, bed, department, practitioner):
        self.ensure_one()
        return (self.bed_id, self.department_id, self.practitioner_id) == (bed, department, practitioner)

    def _place_label(self):
        self.ensure_one()
        return f"{self.department_id.name} · {self.ward_id.name} {self.bed_id.name}"

    def action_undo(self):
        """From the list of stays: take back a transfer that did not happen."""
        self.ensure_one()
        return self.encounter_id._open_wizard(
            "hospital.stay.undo", self.env._("Undo the transfer"), operation="transfer", stay_id=self.id
        )
