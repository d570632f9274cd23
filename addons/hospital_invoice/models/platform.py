from odoo import models
from odoo.tools import SQL

LARGEST_BATCH = 200
"""So many the platform takes in one message."""


class HospitalPlatform(models.Model):
    """When the bill platform answers again, bills go on in the order of their payments."""

    _inherit = "hospital.platform"

    def _issues_bills(self):
        return self.protocol == "hospital.protocol.bosssoft"

    def write(self, vals):
        result = super().write(vals)
        if "mode" in vals or "active" in vals:
            for platform in self.filtered(lambda platform: platform._issues_bills()):
                if platform.mode != "disabled":
                    self.env["hospital.invoice"]._wake()
        return result

    def _note_outcome(self, outcome):
        was_cut = self.breaker_state != "closed"
        result = super()._note_outcome(outcome)
        if was_cut and self.breaker_state == "closed" and self._issues_bills():
            self._hurry_waiting()
        return result

    def _batch_sizes(self):
        """(from how many waiting bills of a kind on they go in batches, how many go in one); no batches: (0, 0)"""
        fewest, most = self._parameter("batch_from") or "", self._parameter("batch_most") or ""
        if not (fewest.isdecimal() and most.isdecimal() and int(fewest) and int(most)):
            return 0, 0
        return int(fewest), min(int(most), LARGEST_BATCH)

    def _hurry_waiting(self):
        """Those that were tried while the line was cut would wait up to an hour and come after all the others."""
        self.env.cr.execute(
            SQL(
                "UPDATE hospital_message SET next_try_at = NULL"
                " WHERE platform_id = %s AND direction = 'out' AND state = 'retry'",
                self.id,
            )
        )
        self.env["hospital.message"].invalidate_model(["next_try_at"], flush=False)
