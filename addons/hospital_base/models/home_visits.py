from odoo import _, fields, models

WAITING_FOR_BED = [("kind", "=", "inpatient"), ("state", "=", "registered")]
IN_BED = [("kind", "in", ("inpatient", "observation")), ("state", "=", "in_progress")]
WITHOUT_BED = [("kind", "in", ("outpatient", "emergency", "online"))]


class HospitalHome(models.AbstractModel):
    """Cards about visits: who waits, who lies where, who is out."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._outpatient_cards() + self._inpatient_cards()

    def _visit_card(self, key, title, **card):
        return self._card(
            key,
            title,
            model="hospital.encounter",
            action=card.pop("action", "hospital_base.action_hospital_inpatients"),
            **card,
        )

    def _outpatient_cards(self):
        common = {"section": "outpatient", "action": "hospital_base.action_hospital_outpatients"}
        doctor = {"groups": "hospital_base.group_hospital_doctor", **common}
        today = [*WITHOUT_BED, *self._today_domain("registered_at")]
        return [
            self._visit_card(
                "my_waiting",
                _("Waiting for me"),
                todo=_("Call the next one in."),
                icon="fa-hourglass-half",
                tone="task",
                domain=[*today, ("is_mine", "=", True), ("state", "=", "registered")],
                **doctor,
            ),
            self._visit_card(
                "my_visits_open",
                _("Visits I have begun"),
                todo=_("Finish the visit, then it can be settled."),
                icon="fa-stethoscope",
                tone="task",
                domain=[*WITHOUT_BED, ("is_mine", "=", True), ("state", "=", "in_progress")],
                **doctor,
            ),
            self._visit_card(
                "visits_today",
                _("Outpatients today"),
                todo=_("See who has come and who still waits."),
                icon="fa-users",
                domain=today,
                groups="hospital_base.group_hospital_registrar",
                **common,
            ),
        ]

    def _inpatient_cards(self):
        ward = {"section": "inpatient", "groups": "hospital_base.group_hospital_nurse"}
        doctor = {"section": "inpatient", "groups": "hospital_base.group_hospital_doctor"}
        now = fields.Datetime.to_string(fields.Datetime.now())
        mine, here = [("is_mine", "=", True)], [("is_my_department", "=", True)]
        late = [("leave_ids", "any", [("end_at", "=", False), ("expected_back_at", "<", now)])]
        return [
            self._visit_card(
                "leaves_overdue",
                _("Not back from leave"),
                todo=_("Phone the patient or the contact person."),
                icon="fa-bell",
                tone="alert",
                domain=[*IN_BED, *here, *late],
                **ward,
            ),
            self._visit_card(
                "department_waiting",
                _("Waiting for a bed in my wards"),
                todo=_("Admit them to a free bed."),
                icon="fa-bed",
                tone="task",
                action="hospital_base.action_hospital_admissions",
                domain=[*WAITING_FOR_BED, *here],
                **ward,
            ),
            self._visit_card(
                "department_patients",
                _("Patients in my wards"),
                todo=_("Go round the ward."),
                icon="fa-heartbeat",
                domain=[*IN_BED, *here],
                **ward,
            ),
            self._visit_card(
                "department_new",
                _("Admitted today"),
                todo=_("Explain the ward and take the history."),
                icon="fa-sign-in",
                domain=[*IN_BED, *here, *self._today_domain("start_at")],
                **ward,
            ),
            self._visit_card(
                "department_leaves",
                _("On leave"),
                todo=_("Record the return when they are back."),
                icon="fa-suitcase",
                domain=[*IN_BED, *here, ("is_on_leave", "=", True)],
                **ward,
            ),
            self._visit_card(
                "my_inpatients",
                _("My inpatients"),
                todo=_("Go round and update the diagnoses."),
                icon="fa-heartbeat",
                action="hospital_base.action_hospital_my_inpatients",
                domain=[*IN_BED, *mine],
                **doctor,
            ),
            self._visit_card(
                "my_undiagnosed",
                _("My inpatients without a main diagnosis"),
                todo=_("Enter the admission diagnosis."),
                icon="fa-pencil-square-o",
                tone="task",
                action="hospital_base.action_hospital_my_inpatients",
                domain=[*IN_BED, *mine, ("condition_ids", "not any", [("is_main", "=", True)])],
                **doctor,
            ),
            self._visit_card(
                "waiting_for_bed",
                _("Waiting for a bed"),
                todo=_("Ask the wards for a free bed."),
                icon="fa-bed",
                tone="task",
                action="hospital_base.action_hospital_admissions",
                domain=WAITING_FOR_BED,
                section="inpatient",
                groups="hospital_base.group_hospital_registrar",
            ),
            self._visit_card(
                "severe_allergies",
                _("Inpatients with a severe allergy"),
                todo=_("Keep their allergies in mind when dispensing."),
                icon="fa-exclamation-triangle",
                domain=[*IN_BED, ("patient_id.allergy_ids.severity", "=", "3")],
                section="inpatient",
                groups="hospital_base.group_hospital_pharmacist",
            ),
            self._visit_card(
                "inpatients",
                _("Inpatients now"),
                todo=_("Look up who takes part in a trial."),
                icon="fa-heartbeat",
                domain=IN_BED,
                section="inpatient",
                groups="hospital_base.group_hospital_gcp_office",
            ),
        ]
