from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalVisitStart(models.TransientModel):
    """The doctor types or scans any number the patient brings – card, document of any kind, phone – and starts the visit."""

    _name = "hospital.visit.start"
    _description = "Start of a visit"

    term = fields.Char(
        "Number or name",
        help="Card, identity document (foreign permanent residence cards too), phone, record number, name or initials.",
    )
    found_ids = fields.Many2many("hospital.patient", compute="_compute_found_ids")
    found_count = fields.Integer(compute="_compute_found_ids")
    patient_id = fields.Many2one(
        "hospital.patient",
        compute="_compute_patient_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', found_ids)] if term else []",
    )
    patient_sex = fields.Selection(related="patient_id.sex", string="Sex")
    patient_age = fields.Char(related="patient_id.age", string="Age")
    patient_document = fields.Char(related="patient_id.main_document", string="Document")
    waiting_ids = fields.Many2many("hospital.encounter", compute="_compute_waiting_ids")
    encounter_id = fields.Many2one(
        "hospital.encounter",
        "Registered visit",
        compute="_compute_encounter_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', waiting_ids)]",
        help="Empty: a new visit is made.",
    )
    department_id = fields.Many2one(
        "hospital.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        domain="[('campus_id', '=', campus_id), ('kind', 'in', ['clinic', 'emergency'])]",
    )
    campus_id = fields.Many2one("hospital.campus", default=lambda self: self.env.user._hospital_campus())

    @api.depends("term")
    def _compute_found_ids(self):
        for start in self:
            term = (start.term or "").strip()
            patients = (
                self.env["hospital.patient"].search([("search_text", "=", term)], limit=20)
                if term
                else self.env["hospital.patient"]
            )
            start.found_ids = patients
            start.found_count = len(patients)

    @api.depends("found_ids", "found_count")
    def _compute_patient_id(self):
        for start in self:
            if start.term:
                start.patient_id = start.found_ids._origin if start.found_count == 1 else False

    @api.depends("patient_id")
    def _compute_waiting_ids(self):
        company = self.env.company
        first, last = company._hospital_day_bounds(company._hospital_today())
        encounters = self.env["hospital.encounter"]
        for start in self:
            start.waiting_ids = (
                encounters
                if not start.patient_id
                else encounters.search(
                    [
                        ("patient_id", "=", start.patient_id._origin.id),
                        ("kind", "in", ["outpatient", "emergency"]),
                        "|",
                        ("state", "=", "in_progress"),
                        "&",
                        "&",
                        ("state", "=", "registered"),
                        ("registered_at", ">=", first),
                        ("registered_at", "<", last),
                    ],
                    order="state, registered_at",
                )
            )

    @api.depends("waiting_ids")
    def _compute_encounter_id(self):
        """His own visit first, then one of his department."""
        for start in self:
            mine = (
                start.waiting_ids.filtered("is_mine")
                or start.waiting_ids.filtered("is_my_department")
                or start.waiting_ids
            )
            start.encounter_id = mine[:1]

    @api.depends("encounter_id")
    def _compute_department_id(self):
        mine = self.env.user._hospital_practitioner().department_ids
        for start in self:
            clinics = mine.filtered(
                lambda dep: dep.campus_id == start.campus_id and dep.kind in ("clinic", "emergency")
            )
            start.department_id = start.encounter_id.department_id or start.department_id or clinics[:1]

    def action_confirm(self):
        self.ensure_one()
        if not self.patient_id:
            if self.term and not self.found_ids:
                raise UserError(
                    self.env._("Nobody is registered under this number. Send the patient to the registration.")
                )
            raise UserError(self.env._("Choose the patient first."))
        encounter = self.encounter_id
        if not encounter:
            if not self.department_id:
                raise UserError(self.env._("Choose the department of the visit."))
            encounter = self.env["hospital.encounter"].create(
                {
                    "patient_id": self.patient_id.id,
                    "kind": "emergency" if self.department_id.kind == "emergency" else "outpatient",
                    "campus_id": self.department_id.campus_id.id,
                    "department_id": self.department_id.id,
                    "practitioner_id": self.env.user._hospital_practitioner()
                    .filtered(lambda me: me.kind == "doctor")
                    .id,
                }
            )
        if encounter.state == "registered":
            encounter.action_start()
        return encounter._action_open()
