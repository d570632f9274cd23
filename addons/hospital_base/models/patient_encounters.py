from odoo import api, fields, models
from odoo.tools import SQL


class HospitalPatient(models.Model):
    """The visits of a patient, and finding him by an inpatient or visit number."""

    _inherit = "hospital.patient"

    encounter_ids = fields.One2many("hospital.encounter", "patient_id", "Encounters", readonly=True, copy=False)
    encounter_count = fields.Integer("Number of encounters", compute="_compute_encounter_count")
    open_inpatient_id = fields.Many2one("hospital.encounter", "In hospital", compute="_compute_open_inpatient_id")

    def _compute_encounter_count(self):
        encounters = self.env["hospital.encounter"]
        counts = {}
        if encounters.has_access("read"):
            counts = dict(encounters._read_group([("patient_id", "in", self.ids)], ["patient_id"], ["__count"]))
        for patient in self:
            patient.encounter_count = counts.get(patient._origin, 0)

    @api.depends("encounter_ids.state")
    def _compute_open_inpatient_id(self):
        encounters = self.env["hospital.encounter"]
        if encounters.has_access("read"):
            encounters = encounters.search(
                [
                    ("patient_id", "in", self.ids),
                    ("kind", "=", "inpatient"),
                    ("state", "in", ["registered", "in_progress"]),
                ]
            )
        by_patient = {encounter.patient_id: encounter for encounter in encounters}
        for patient in self:
            patient.open_inpatient_id = by_patient.get(patient._origin, False)

    def action_view_encounters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_encounter")
        action.update(domain=[("patient_id", "=", self.id)], context={"default_patient_id": self.id})
        return action

    def action_open_inpatient(self):
        self.ensure_one()
        return self.open_inpatient_id._action_open()

    def action_register_visit(self):
        return self._open_registration("outpatient", self.env._("Register a visit"))

    def action_register_admission(self):
        return self._open_registration("inpatient", self.env._("Register as inpatient"))

    def _open_registration(self, kind, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "hospital.encounter",
            "views": [(False, "form")],
            "context": {"default_patient_id": self.id, "default_kind": kind, "form_view_initial_mode": "edit"},
        }

    def _hospital_number_queries(self, number):
        return [
            *super()._hospital_number_queries(number),
            SQL("SELECT patient_id FROM hospital_encounter WHERE number = %s", number),
        ]
