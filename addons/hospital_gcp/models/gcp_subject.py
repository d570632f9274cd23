from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

STATUSES = [
    ("screening", "Screening"),
    ("enrolled", "Enrolled"),
    ("discharged", "Left the hospital"),
    ("follow_up", "Follow-up"),
    ("out", "Left the trial"),
]
STEPS = {
    "screening": ("enrolled", "out"),
    "enrolled": ("discharged", "follow_up", "out"),
    "discharged": ("enrolled", "follow_up", "out"),
    "follow_up": ("enrolled", "discharged", "out"),
    "out": (),
}
"""A subject may come back to the ward or be followed up; who has left the trial stays out."""


class HospitalGcpSubject(models.Model):
    """A patient bound to a trial. Every change of the trial status leaves a line with who and when."""

    _name = "hospital.gcp.subject"
    _description = "Trial subject"
    _inherit = ["hospital.access.mixin", "hospital.import.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "project_id, subject_number, id"
    _rec_name = "subject_number"
    _rec_names_search = ["subject_number", "patient_id", "project_id"]
    _hospital_import_fields = ("project_id", "patient_key", "subject_number", "is_research_ward", "bound_on")

    project_id = fields.Many2one("hospital.gcp.project", required=True, index=True, ondelete="restrict")
    project_state = fields.Selection(related="project_id.state", string="State of the project")
    company_id = fields.Many2one(related="project_id.company_id", store=True)
    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict", tracking=False)
    patient_key = fields.Char(
        "Patient (number, card or name)",
        store=False,
        compute="_compute_patient_key",
        inverse="_inverse_patient_key",
        help="For the import from Excel: an inpatient, patient or card number, or a name that only one patient has.",
    )
    patient_number = fields.Char(related="patient_id.number", string="Patient no.")
    patient_sex = fields.Selection(related="patient_id.sex", string="Sex")
    patient_age = fields.Char(related="patient_id.age", string="Age")
    subject_number = fields.Char("Subject no.", required=True, copy=False, tracking=True)
    bound_on = fields.Date(
        "Bound on", required=True, default=lambda self: self.env.company._hospital_today(), copy=False
    )
    out_on = fields.Date("Left the trial on", readonly=True, copy=False)
    status = fields.Selection(
        STATUSES,
        "Trial status",
        required=True,
        default="screening",
        copy=False,
        index=True,
        group_expand=True,
    )
    status_at = fields.Datetime("Since", readonly=True, copy=False)
    status_uid = fields.Many2one("res.users", "Set by", readonly=True, copy=False)
    step_ids = fields.One2many("hospital.gcp.subject.step", "subject_id", "History of the status", readonly=True)
    is_research_ward = fields.Boolean(
        "Research-ward patient", tracking=True, help="Counted in the report of the research ward and marked in A.32."
    )
    encounter_id = fields.Many2one(
        "hospital.encounter",
        "Inpatient stay",
        compute="_compute_encounter_id",
        help="The stay now, or the last one.",
    )
    ward_id = fields.Many2one("hospital.ward", compute="_compute_encounter_id")
    other_projects = fields.Char(
        "Other running projects", compute="_compute_other_projects", search="_search_other_projects"
    )
    note = fields.Text()

    _one_binding = models.UniqueIndex(
        "(project_id, patient_id)", "This patient is bound to the project already. Open that line instead."
    )
    _number_unique = models.UniqueIndex(
        "(project_id, subject_number)", "The project has this subject number already. Check the number."
    )

    # === COMPUTE ===

    @api.depends("subject_number", "patient_id.name")
    def _compute_display_name(self):
        for subject in self:
            subject.display_name = f"{subject.subject_number or ''} {subject.patient_id.name or ''}".strip()

    @api.depends("patient_id")
    def _compute_patient_key(self):
        for subject in self:
            subject.patient_key = subject.patient_id.number

    def _inverse_patient_key(self):
        for subject in self:
            if subject.patient_key and subject.patient_key != subject.patient_id.number:
                subject.patient_id = subject._find_patient(subject.patient_key)

    @api.depends("patient_id")
    def _compute_encounter_id(self):
        last = {}
        for encounter in self.env["hospital.encounter"].search(
            [
                ("patient_id", "in", self.patient_id.ids),
                ("kind", "in", ("inpatient", "observation")),
                ("state", "!=", "cancelled"),
            ],
            order="registered_at, id",
        ):
            last[encounter.patient_id] = encounter
        for subject in self:
            subject.encounter_id = last.get(subject.patient_id, False)
            subject.ward_id = subject.encounter_id.ward_id

    @api.depends("patient_id", "project_id.state", "status")
    def _compute_other_projects(self):
        found = {}
        for other in self.search(self._elsewhere_domain() & Domain("patient_id", "in", self.patient_id.ids)):
            found.setdefault(other.patient_id, []).append(other)
        for subject in self:
            others = [
                other.project_id.display_name
                for other in found.get(subject.patient_id, [])
                if other.project_id != subject.project_id
            ]
            subject.other_projects = ", ".join(others) or False

    def _elsewhere_domain(self):
        return Domain("project_id.state", "=", "running") & Domain("status", "!=", "out")

    def _search_other_projects(self, operator, value):
        """Whether there are any; which ones is not searched for."""
        if operator != "in" or set(value) != {False}:
            return NotImplemented
        counted = self._read_group(list(self._elsewhere_domain()), ["patient_id"], having=[("__count", ">", 1)])
        return ~(self._elsewhere_domain() & Domain("patient_id", "in", [patient.id for (patient,) in counted]))

    # === CONSTRAINS, ONCHANGE ===

    @api.constrains("project_id")
    def _check_project_open(self):
        for subject in self:
            if subject.project_id.state == "closed":
                raise ValidationError(
                    self.env._(
                        "%s is closed: nobody can be bound to it any more. Reopen the project first.",
                        subject.project_id.display_name,
                    )
                )

    @api.constrains("bound_on")
    def _check_bound_on(self):
        for subject in self:
            if subject.bound_on > subject.company_id._hospital_today():
                raise ValidationError(self.env._("The day of binding lies in the future. Correct the date."))

    @api.onchange("patient_id", "project_id")
    def _onchange_patient_id(self):
        if self.patient_id and self.other_projects:
            return {"warning": {"title": self.env._("In another running trial"), "message": self._warning()}}
        return None

    def _warning(self):
        self.ensure_one()
        return self.env._(
            "%(patient)s already takes part in %(projects)s. Check that the trials allow this.",
            patient=self.patient_id.name,
            projects=self.other_projects,
        )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            key = vals.pop("patient_key", None)
            if key and not vals.get("patient_id"):
                vals["patient_id"] = self._find_patient(key).id
        subjects = super().create(vals_list)
        for subject in subjects:
            subject._note_step(False, None)
        return subjects

    def write(self, vals):
        if "patient_id" in vals and any(subject.patient_id.id != vals["patient_id"] for subject in self):
            self._check_not_begun()
        status = vals.get("status")
        before = {subject: subject.status for subject in self if status and subject.status != status}
        for subject, old in before.items():
            subject._check_step(old, status)
        result = super().write(vals)
        for subject, old in before.items():
            subject._note_step(old, self.env.context.get("gcp_reason"))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_mistakes(self):
        for subject in self:
            if len(subject.step_ids) > 1:
                raise UserError(
                    self.env._(
                        "%s has a history and cannot be deleted. Set the status to “left the trial” instead.",
                        subject.display_name,
                    )
                )

    @api.model
    def _hospital_import_example(self):
        project = self.env["hospital.gcp.project"].search([("state", "!=", "closed")], limit=1)
        encounter = self.env["hospital.encounter"].search(
            [("kind", "=", "inpatient"), ("patient_id", "not in", project.subject_ids.patient_id.ids)], limit=1
        )
        return {
            "project_id": project.display_name or None,
            "patient_key": encounter.number or None,
            "subject_number": "S001",
            "is_research_ward": True,
        }

    # === ACTIONS ===

    def action_change_status(self):
        """Change the status of these subjects, on another day or with a reason."""
        return self._open_status_wizard()

    def action_undo_step(self):
        """Take the last step back, with a reason that stays in the history."""
        self.ensure_one()
        if len(self.step_ids) < 2:
            raise UserError(self.env._("There is no step to take back. Delete the binding if it was a mistake."))
        return self._open_status_wizard(default_undo=True)

    def action_open_encounter(self):
        self.ensure_one()
        if not self.encounter_id:
            raise UserError(self.env._("%s has not been an inpatient.", self.patient_id.name))
        return self.encounter_id._action_open()

    def _open_status_wizard(self, **context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the trial status"),
            "res_model": "hospital.gcp.status",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subject_ids": self.ids, **context},
        }

    # === BUSINESS ===

    @api.model
    def _find_patient(self, key):
        """The one patient a person means by what he typed; says why when it is none or several."""
        patients = self.env["hospital.patient"].search([("search_text", "ilike", key)], limit=2)
        if not patients:
            raise ValidationError(self.env._("No patient is found by “%s”. Check the number or the name.", key))
        if len(patients) > 1:
            raise ValidationError(
                self.env._("Several patients are found by “%s”. Use the inpatient or the card number.", key)
            )
        return patients

    def _check_not_begun(self):
        for subject in self:
            if len(subject.step_ids) > 1:
                raise UserError(
                    self.env._(
                        "The trial of %s has begun: the patient cannot be exchanged. Bind the right patient anew.",
                        subject.display_name,
                    )
                )

    def _check_step(self, old, new):
        if new in STEPS[old] or self._is_undo(new):
            return
        labels = dict(self._fields["status"]._description_selection(self.env))
        allowed = ", ".join(labels[status] for status in STEPS[old])
        raise UserError(
            self.env._(
                "%(subject)s cannot go from “%(old)s” to “%(new)s”. Possible: %(allowed)s.",
                subject=self.display_name,
                old=labels[old],
                new=labels[new],
                allowed=allowed or self.env._("nothing; take the last step back if it was a mistake"),
            )
        )

    def _is_undo(self, new):
        return bool(self.env.context.get("gcp_undo")) and self.step_ids.sorted("id")[-1:].old_status == new

    def _note_step(self, old, reason):
        """One line of history; the day may have been given by whoever makes the step."""
        self.ensure_one()
        at = self.env.context.get("gcp_at") or fields.Datetime.now()
        _steps_sudo = self.env["hospital.gcp.subject.step"].sudo()  # nobody writes history by hand
        _steps_sudo.create(
            {
                "subject_id": self.id,
                "old_status": old,
                "status": self.status,
                "at": at,
                "user_id": self.env.uid,
                "reason": reason,
                "is_undo": bool(self.env.context.get("gcp_undo")),
            }
        )
        _subject_sudo = self.sudo()  # what is read only on the screen
        out_on = self.company_id._hospital_date(at) if self.status == "out" else False
        _subject_sudo.write({"status_at": at, "status_uid": self.env.uid, "out_on": out_on})
