from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..tools.uniqueness import unique_or_sentence

KINDS = [
    ("outpatient", "Outpatient"),
    ("emergency", "Emergency"),
    ("observation", "Observation"),
    ("inpatient", "Inpatient"),
    ("online", "Online"),
]
KINDS_WITH_BED = ("inpatient", "observation")
OPEN_STATES = ("registered", "in_progress")


class HospitalEncounter(models.Model):
    """One visit or one stay in hospital of one patient.

    The inpatient life (beds, leaves, discharge and its undoing) is in `encounter_inpatient.py`.
    """

    _name = "hospital.encounter"
    _description = "Encounter"
    _inherit = ["hospital.access.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "registered_at desc, id desc"
    _rec_names_search = ["number", "patient_id"]
    _check_company_auto = True

    number = fields.Char(required=True, readonly=True, copy=False, default="/", index="trigram")
    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict", tracking=False)
    kind = fields.Selection(KINDS, required=True, default="outpatient", index=True)
    campus_id = fields.Many2one(
        "hospital.campus",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user._hospital_campus(),
    )
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    department_id = fields.Many2one(
        "hospital.department",
        compute="_compute_place",
        store=True,
        readonly=False,
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('campus_id', '=', campus_id)]",
    )
    practitioner_id = fields.Many2one(
        "hospital.practitioner",
        string="Doctor",
        compute="_compute_place",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("registered", "Registered"),
            ("in_progress", "In care"),
            ("finished", "Finished"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="registered",
        index=True,
        group_expand="_expand_states",
    )
    registered_at = fields.Datetime(
        "Registered at", required=True, readonly=True, copy=False, default=fields.Datetime.now, index=True
    )
    start_at = fields.Datetime(
        "Started at", readonly=True, copy=False, help="Start of the visit, or the admission to the first bed."
    )
    end_at = fields.Datetime(
        "Ended at", readonly=True, copy=False, index="btree_not_null", help="End of the visit, or the discharge."
    )
    admission_route = fields.Selection(
        [("1", "Emergency"), ("2", "Outpatient clinic"), ("3", "Transferred from another hospital"), ("9", "Other")],
        "Way of admission",
        default="2",
    )
    admission_count = fields.Integer(
        "Admission no.", readonly=True, copy=False, help="The how-many-th stay of this patient in this hospital."
    )
    discharge_way = fields.Selection(
        [
            ("1", "On the doctor's advice"),
            ("2", "To another hospital"),
            ("3", "To a community health centre"),
            ("4", "Against the doctor's advice"),
            ("5", "Died"),
            ("9", "Other"),
        ],
        readonly=True,
        copy=False,
    )
    coverage_id = fields.Many2one(
        "hospital.coverage",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        domain="[('patient_id', '=', patient_id)]",
    )
    cancel_reason = fields.Char(readonly=True, copy=False)
    note = fields.Text(copy=False)

    condition_ids = fields.One2many("hospital.condition", "encounter_id", "Diagnoses")
    allergy_text = fields.Char(related="patient_id.allergy_text", string="Allergies")
    main_condition = fields.Char("Main diagnosis", compute="_compute_main_condition")
    days_in_hospital = fields.Integer(
        "Days", compute="_compute_days_in_hospital", help="The day of admission counts, the day of discharge does not."
    )
    patient_name = fields.Char(related="patient_id.name", string="Patient name")
    patient_sex = fields.Selection(related="patient_id.sex", string="Sex")
    patient_age = fields.Char(related="patient_id.age", string="Age")
    is_mine = fields.Boolean("My patient", compute="_compute_is_mine", search="_search_is_mine")
    is_my_department = fields.Boolean(
        "In my departments", compute="_compute_is_mine", search="_search_is_my_department"
    )

    _number_unique = models.UniqueIndex("(number)", "This encounter number is already used.")
    _one_open_inpatient = models.UniqueIndex(
        "(patient_id) WHERE kind = 'inpatient' AND state IN ('registered', 'in_progress')",
        "This patient already has an open inpatient encounter. Discharge or cancel it first.",
    )
    _worklist_index = models.Index("(campus_id, registered_at) WHERE state IN ('registered', 'in_progress')")

    # === COMPUTE ===

    @api.depends("number", "patient_id.name")
    def _compute_display_name(self):
        for encounter in self:
            encounter.display_name = f"{encounter.number} {encounter.patient_id.name or ''}".strip()

    @api.depends(
        "stay_ids.start_at", "stay_ids.ward_id", "stay_ids.bed_id", "stay_ids.department_id", "stay_ids.practitioner_id"
    )
    def _compute_place(self):
        """Where the patient lies, or lay last; without stays the department and doctor are what was registered."""
        for encounter in self:
            last = encounter.stay_ids.sorted("start_at")[-1:]
            encounter.ward_id = last.ward_id
            encounter.bed_id = last.bed_id
            encounter.department_id = last.department_id or encounter.department_id
            encounter.practitioner_id = last.practitioner_id or encounter.practitioner_id

    @api.depends("start_at", "end_at", "state", "kind")
    def _compute_days_in_hospital(self):
        now = fields.Datetime.now()
        for encounter in self:
            if not encounter.start_at or encounter.state not in ("in_progress", "finished"):
                encounter.days_in_hospital = 0
                continue
            company = encounter.company_id
            days = company._hospital_date(encounter.end_at or now) - company._hospital_date(encounter.start_at)
            encounter.days_in_hospital = max(days.days, 1)

    @api.depends("condition_ids.is_main", "condition_ids.stage", "condition_ids.name")
    def _compute_main_condition(self):
        """The main diagnosis of the latest stage that has one."""
        rank = {stage: index for index, (stage, _label) in enumerate(self.condition_ids._fields["stage"].selection)}
        for encounter in self:
            mains = encounter.condition_ids.filtered("is_main").sorted(lambda condition: rank[condition.stage])
            encounter.main_condition = mains[-1:].name

    @api.depends_context("uid")
    @api.depends("practitioner_id", "department_id")
    def _compute_is_mine(self):
        me = self.env.user._hospital_practitioner()
        departments = self._my_departments()
        for encounter in self:
            encounter.is_mine = bool(me) and encounter.practitioner_id == me
            encounter.is_my_department = encounter.department_id in departments

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("practitioner_id", "in", self.env.user._hospital_practitioner().ids)

    def _search_is_my_department(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("department_id", "in", self._my_departments().ids)

    # === CONSTRAINS, ONCHANGE ===

    @api.constrains("campus_id", "department_id")
    def _check_department_campus(self):
        for encounter in self:
            if encounter.department_id.campus_id != encounter.campus_id:
                raise ValidationError(
                    self.env._(
                        "%(department)s does not belong to %(campus)s. Choose a department of the same campus.",
                        department=encounter.department_id.display_name,
                        campus=encounter.campus_id.display_name,
                    )
                )

    @api.constrains("patient_id", "coverage_id")
    def _check_coverage_patient(self):
        for encounter in self:
            if encounter.coverage_id and encounter.coverage_id.patient_id != encounter.patient_id:
                raise ValidationError(
                    self.env._("The coverage belongs to another patient. Choose one of this patient's coverages.")
                )

    @api.onchange("campus_id")
    def _onchange_campus_id(self):
        if self.department_id and self.department_id.campus_id != self.campus_id:
            self.department_id = False

    @api.onchange("practitioner_id")
    def _onchange_practitioner_id(self):
        if self.practitioner_id and not self.department_id:
            departments = self.practitioner_id.department_ids.filtered(lambda dep: dep.campus_id == self.campus_id)
            self.department_id = departments[:1]

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_by_hand(vals, creating=True)
            if vals.get("number", "/") == "/":
                kind = vals.get("kind") or self.default_get(["kind"]).get("kind", "outpatient")
                _sequence_sudo = self.env["ir.sequence"].sudo()  # everybody who registers draws a number
                vals["number"] = _sequence_sudo.next_by_code(f"hospital.encounter.{kind}")
        self._check_no_open_inpatient(vals_list)
        with self._one_inpatient_or_sentence():
            encounters = super().create(vals_list)
        encounters._number_admissions()
        return encounters

    def write(self, vals):
        self._check_by_hand(vals)
        if not {"patient_id", "kind", "state"} & vals.keys():
            return super().write(vals)
        with self._one_inpatient_or_sentence():
            return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_cancelled(self):
        if any(encounter.state != "cancelled" for encounter in self):
            raise UserError(self.env._("An encounter is never deleted. Cancel it with a reason instead."))

    def _check_by_hand(self, vals, creating=False):
        """The life of an encounter goes through its buttons, never through writing the fields."""
        if self.env.su:
            return
        guarded = {
            "state",
            "start_at",
            "end_at",
            "ward_id",
            "bed_id",
            "discharge_way",
            "cancel_reason",
            "admission_count",
            "number",
        }
        if creating:
            touched = {
                name
                for name in guarded & vals.keys()
                if vals[name] and (name, vals[name]) not in {("state", "registered"), ("number", "/")}
            }
        else:
            touched = guarded & vals.keys()
            if {"patient_id", "kind", "campus_id"} & vals.keys() and any(enc.state != "registered" for enc in self):
                raise UserError(
                    self.env._(
                        "The care has begun: patient, kind and campus cannot be changed. Cancel this encounter and register a new one."
                    )
                )
            if {"department_id", "practitioner_id"} & vals.keys() and self.stay_ids:
                raise UserError(
                    self.env._("The patient lies in a bed: change the department or the doctor with a transfer.")
                )
        if touched:
            raise UserError(self.env._("The state and the times of an encounter change through its buttons only."))

    def _check_no_open_inpatient(self, vals_list):
        patient_ids = [
            vals["patient_id"]
            for vals in vals_list
            if vals.get("kind") == "inpatient"
            and vals.get("state", "registered") in OPEN_STATES
            and vals.get("patient_id")
        ]
        if not patient_ids:
            return
        _encounters_sudo = self.sudo()  # the open stay may be at a campus the clerk does not see
        open_encounter = _encounters_sudo.search(
            [("patient_id", "in", patient_ids), ("kind", "=", "inpatient"), ("state", "in", OPEN_STATES)], limit=1
        )
        if open_encounter:
            raise UserError(
                self.env._(
                    "This patient already has the open inpatient encounter %(number)s at %(campus)s. Discharge or cancel it first.",
                    number=open_encounter.number,
                    campus=open_encounter.campus_id.name,
                )
            )

    def _one_inpatient_or_sentence(self):
        """The database has the last word when a colleague registers the same patient at the same moment."""
        return unique_or_sentence(
            self.env,
            {
                "hospital_encounter_one_open_inpatient": lambda: self.env._(
                    "This patient already has an open inpatient encounter. Discharge or cancel it first."
                )
            },
        )

    def _number_admissions(self):
        """Cancelled stays do not count; a later cancellation does not renumber what was printed."""
        inpatients = self.filtered(lambda encounter: encounter.kind == "inpatient")
        if not inpatients:
            return
        _encounters_sudo = self.sudo()  # the count is over all campuses
        counts = dict(
            _encounters_sudo._read_group(
                [
                    ("patient_id", "in", inpatients.patient_id.ids),
                    ("kind", "=", "inpatient"),
                    ("state", "!=", "cancelled"),
                    ("id", "not in", self.ids),
                ],
                ["patient_id"],
                ["__count"],
            )
        )
        for encounter in inpatients.sorted("id"):
            counts[encounter.patient_id] = counts.get(encounter.patient_id, 0) + 1
            encounter.sudo().admission_count = counts[encounter.patient_id]

    # === ACTIONS ===

    def action_start(self):
        """The doctor calls the patient in."""
        me = self.env.user._hospital_practitioner()
        for encounter in self:
            encounter._check_kind_without_bed()
            if encounter.state != "registered":
                raise UserError(
                    self.env._("Only a registered visit can be started. This one is: %s.", encounter._state_label())
                )
            encounter.check_access("write")
            _encounter_sudo = encounter.sudo()  # state and times are closed to direct writing
            _encounter_sudo.write(
                {
                    "state": "in_progress",
                    "start_at": fields.Datetime.now(),
                    "practitioner_id": encounter.practitioner_id.id or (me.kind == "doctor" and me.id),
                }
            )
            encounter._log_line(self.env._("Visit started."))

    def action_finish(self):
        for encounter in self:
            encounter._check_kind_without_bed()
            if encounter.state != "in_progress":
                raise UserError(
                    self.env._("Only a visit in care can be finished. This one is: %s.", encounter._state_label())
                )
            encounter.check_access("write")
            _encounter_sudo = encounter.sudo()  # state and times are closed to direct writing
            _encounter_sudo.write({"state": "finished", "end_at": fields.Datetime.now()})
            encounter._log_line(self.env._("Visit finished."))

    def action_reopen(self):
        """The patient comes back with the results on the same day."""
        for encounter in self:
            encounter._check_kind_without_bed()
            company = encounter.company_id
            if encounter.state != "finished" or company._hospital_date(encounter.end_at) != company._hospital_today():
                raise UserError(
                    self.env._("Only a visit finished today can be reopened. Register a new visit instead.")
                )
            encounter.check_access("write")
            _encounter_sudo = encounter.sudo()  # state and times are closed to direct writing
            _encounter_sudo.write({"state": "in_progress", "end_at": False})
            encounter._log_line(self.env._("Visit reopened."))

    def action_hospital_open_board(self):
        return self.env["hospital.bed"].action_my_board()

    def action_cancel(self):
        return self._open_wizard("hospital.encounter.cancel", self.env._("Cancel %s", self.number))

    # === BUSINESS ===

    def _cancel(self, reason):
        """An encounter that never should have been; nothing may have been charged on it."""
        self.check_access("write")
        for encounter in self:
            if encounter.state == "cancelled":
                raise UserError(self.env._("This encounter is already cancelled."))
            if encounter.state == "finished":
                raise UserError(
                    self.env._(
                        "A finished encounter cannot be cancelled. Undo the discharge or reopen the visit first."
                    )
                )
            if not (reason or "").strip():
                raise UserError(self.env._("Enter the reason for the cancellation."))
            if encounter._has_charges():
                raise UserError(self.env._("Charges are still on this encounter. Cancel the charges first."))
            if encounter.stay_ids:
                encounter._undo_admission(reason)
            _encounter_sudo = encounter.sudo()  # state and times are closed to direct writing
            _encounter_sudo.write({"state": "cancelled", "cancel_reason": reason, "end_at": fields.Datetime.now()})
            encounter._log_line(self.env._("Encounter cancelled. Reason: %s", reason))

    def _has_charges(self):
        """Whether charges that were not reversed hang on the encounter; extended where charges are known."""
        return False

    def _add_condition(self, stage, code=None, name=None, is_main=True):
        """Record a diagnosis unless the same one is there at this stage."""
        self.ensure_one()
        if not code and not name:
            return self.env["hospital.condition"]
        same = self.condition_ids.filtered(
            lambda c: c.stage == stage and (c.code_id == code if code else c.name == name)
        )
        if same:
            if is_main:
                same[0].is_main = True
            return same[0]
        vals = {"stage": stage, "code_id": code.id if code else False, "name": name or code.name, "is_main": is_main}
        self.write({"condition_ids": [Command.create(vals)]})
        return self.condition_ids.filtered(lambda c: c.stage == stage)[-1:]

    def _check_kind_without_bed(self):
        if self.kind in KINDS_WITH_BED:
            raise UserError(self.env._("%s needs a bed: admit and discharge the patient instead.", self.number))

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _log_line(self, text):
        self.message_post(body=text, subtype_xmlid="mail.mt_note")

    def _show_time(self, moment):
        company = self.company_id or self.env.company
        return format_datetime(
            self.env, moment, tz=self.env.user.tz or company.hospital_tz, dt_format="yyyy-MM-dd HH:mm"
        )

    def _my_departments(self):
        return self.env.user._hospital_practitioner().department_ids

    def _action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _expand_states(self, states, domain):
        """Columns of a board in the order of life, empty ones too; cancelled ones only when there are any."""
        return [state for state, _label in self._fields["state"].selection if state in states or state != "cancelled"]

    def _open_wizard(self, model, title, **defaults):
        self.ensure_one()
        context = {"default_encounter_id": self.id, **{f"default_{name}": value for name, value in defaults.items()}}
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }
