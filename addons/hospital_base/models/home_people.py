from odoo import _, fields, models


class HospitalHome(models.AbstractModel):
    """Cards about patients, their cards, practitioners and the access log."""

    _inherit = "hospital.home"

    def _today_domain(self, field_name):
        start, end = map(
            fields.Datetime.to_string, self.env.company._hospital_day_bounds(self.env.company._hospital_today())
        )
        return [(field_name, ">=", start), (field_name, "<", end)]

    def _cards(self):
        return super()._cards() + self._registration_cards() + self._base_data_cards() + self._audit_cards()

    def _registration_cards(self):
        common = {"section": "registration", "groups": "hospital_base.group_hospital_registrar"}
        return [
            self._card(
                "patients_today",
                _("Patients registered today"),
                todo=_("Look through what was entered."),
                icon="fa-user-plus",
                model="hospital.patient",
                action="hospital_base.action_hospital_patient",
                domain=self._today_domain("create_date"),
                **common,
            ),
            self._card(
                "patients_double",
                _("Possible doubles"),
                todo=_("Compare them and merge those that are one person."),
                icon="fa-clone",
                tone="task",
                model="hospital.patient",
                action="hospital_base.action_hospital_patient",
                domain=[("is_double", "=", True)],
                **common,
            ),
            self._card(
                "cards_lost",
                _("Lost cards"),
                todo=_("Replace the card when the patient comes."),
                icon="fa-id-card-o",
                tone="task",
                model="hospital.card",
                action="hospital_base.action_hospital_card",
                domain=[("state", "=", "lost"), ("next_card_ids", "=", False)],
                **common,
            ),
        ]

    def _base_data_cards(self):
        common = {"section": "base_data", "groups": "hospital_base.group_hospital_it_operator"}
        return [
            self._card(
                "licences_expired",
                _("Licences expired"),
                todo=_("Enter the new licence or suspend the practitioner."),
                icon="fa-certificate",
                tone="alert",
                model="hospital.practitioner",
                action="hospital_base.action_hospital_practitioner",
                domain=[("licence_state", "=", "expired")],
                **common,
            ),
            self._card(
                "licences_expiring",
                _("Licences that end soon"),
                todo=_("Ask for the new licence in time."),
                icon="fa-certificate",
                tone="task",
                model="hospital.practitioner",
                action="hospital_base.action_hospital_practitioner",
                domain=[("licence_state", "=", "expiring")],
                **common,
            ),
            self._card(
                "practitioners_new",
                _("Practitioners to register"),
                todo=_("Check the licence and the department, then register."),
                icon="fa-user-md",
                tone="task",
                model="hospital.practitioner",
                action="hospital_base.action_hospital_practitioner",
                domain=[("state", "=", "draft")],
                **common,
            ),
            self._card(
                "departments_without_code",
                _("Departments without a standard code"),
                todo=_("Choose the national standard department, platforms ask for it."),
                icon="fa-sitemap",
                tone="task",
                model="hospital.department",
                action="hospital_base.action_hospital_department",
                domain=[
                    ("standard_code_id", "=", False),
                    ("kind", "in", ("clinic", "emergency", "inpatient", "lab", "imaging", "function")),
                ],
                **common,
            ),
            self._card(
                "beds_blocked",
                _("Blocked beds"),
                todo=_("Release them once they are repaired."),
                icon="fa-bed",
                model="hospital.bed",
                action="hospital_base.action_hospital_bed",
                domain=[("blocked", "=", True)],
                **common,
            ),
        ]

    def _audit_cards(self):
        common = {"section": "audit", "groups": "hospital_base.group_hospital_auditor"}
        titles = {
            "reveal": _("Numbers shown today"),
            "export": _("Exports today"),
            "print": _("Prints today"),
            "merge": _("Patients merged today"),
        }
        icons = {"reveal": "fa-eye", "export": "fa-download", "print": "fa-print", "merge": "fa-compress"}
        return [
            self._card(
                f"log_{action}",
                title,
                todo=_("Look for what cannot be explained by the work."),
                icon=icons[action],
                model="hospital.access.log",
                action="hospital_base.action_hospital_access_log",
                domain=[("action", "=", action), *self._today_domain("at")],
                **common,
            )
            for action, title in titles.items()
        ]
