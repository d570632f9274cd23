from odoo import models


class HospitalBed(models.Model):
    """A badge on the ward board for those whose deposit runs low."""

    _inherit = "hospital.bed"

    def _board_badges(self):
        badges = super()._board_badges()
        if not self.env["hospital.account"].has_access("read"):
            return badges
        for bed in self.filtered("encounter_id"):
            encounter = bed.encounter_id
            if encounter.is_deposit_low:
                badges[bed.id].append(
                    {
                        "text": self.env._("Deposit low"),
                        "tone": "danger" if encounter.deposit_left < 0 else "warning",
                        "title": self.env._("%s left", encounter.currency_id.format(encounter.deposit_left)),
                    }
                )
        return badges
