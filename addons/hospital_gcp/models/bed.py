from odoo import models

TONES = {
    "screening": "secondary",
    "enrolled": "primary",
    "discharged": "secondary",
    "follow_up": "info",
    "out": "light",
}


class HospitalBed(models.Model):
    _inherit = "hospital.bed"

    def _board_badges(self):
        badges = super()._board_badges()
        encounters = self.env["hospital.encounter"]
        if not encounters._has_field_access(encounters._fields["gcp_status"], "read"):
            return badges
        labels = dict(encounters._fields["gcp_status"]._description_selection(self.env))
        for bed in self.filtered("encounter_id.gcp_status"):
            encounter = bed.encounter_id
            badges[bed.id].append(
                {
                    "text": f"GCP {labels[encounter.gcp_status]}",
                    "tone": TONES[encounter.gcp_status],
                    "title": encounter.gcp_projects,
                }
            )
        return badges
