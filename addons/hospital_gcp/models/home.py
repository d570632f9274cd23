from odoo import _, models


class HospitalHome(models.AbstractModel):
    _inherit = "hospital.home"

    def _sections(self):
        return {**super()._sections(), "gcp": _("Drug trials")}

    def _cards(self):
        common = {
            "section": "gcp",
            "groups": "hospital_base.group_hospital_gcp_office",
            "model": "hospital.gcp.subject",
            "action": "hospital_gcp.action_hospital_gcp_subject",
        }
        return super()._cards() + [
            self._card(
                "gcp_screening",
                _("In screening"),
                todo=_("Enrol them or let them leave the trial."),
                icon="fa-filter",
                tone="task",
                domain=[("status", "=", "screening"), ("project_id.state", "=", "running")],
                **common,
            ),
            self._card(
                "gcp_several",
                _("In several running trials"),
                todo=_("Check that the trials allow this."),
                icon="fa-exclamation-triangle",
                tone="alert",
                domain=[("other_projects", "!=", False)],
                **common,
            ),
            self._card(
                "gcp_in_trial",
                _("Subjects in a trial"),
                todo=_("Keep their status up to date."),
                icon="fa-flask",
                domain=[("status", "!=", "out")],
                **common,
            ),
        ]
