from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.uniqueness import queries_unlogged


class HospitalNursingAccount(models.Model):
    """One row per inpatient: what the posting locks, what waits to be reckoned again, and why it could not be posted.

    Every posting writes the row of its patient. So of two at once one waits or gives way, and never reads what the other has not
    finished.
    """

    _name = "hospital.nursing.account"
    _description = "Nursing account of an inpatient"
    _rec_name = "encounter_id"
    _order = "id desc"
    _log_access = False  # who charged what and when is told by the charges

    encounter_id = fields.Many2one("hospital.encounter", required=True, readonly=True, ondelete="cascade")
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="cascade")
    is_due = fields.Boolean("To be reckoned again", readonly=True)
    posted_at = fields.Datetime("Last posted at", readonly=True)
    error = fields.Char("Could not be posted", readonly=True)

    _encounter_unique = models.Constraint("UNIQUE (encounter_id)", "An inpatient has one nursing account.")
    _due_index = models.Index("(encounter_id) WHERE is_due")
    _error_index = models.Index("(campus_id) WHERE error IS NOT NULL")

    @api.model
    def _open(self, encounter_ids):
        """Rows for those of these inpatients that have none."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO hospital_nursing_account (encounter_id, campus_id, is_due)
                   SELECT id, campus_id, FALSE FROM hospital_encounter WHERE id = ANY(%s)
                   ON CONFLICT (encounter_id) DO NOTHING""",
                list(encounter_ids),
            )
        )

    @api.model
    def _lock(self, encounter_ids, wait):
        rows = self.env.execute_query(
            SQL(
                "SELECT encounter_id FROM hospital_nursing_account WHERE encounter_id = ANY(%s) "
                "ORDER BY encounter_id FOR NO KEY UPDATE %s",
                list(encounter_ids),
                SQL() if wait else SQL("SKIP LOCKED"),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _claim(self, encounter_ids, wait):
        """Lock the rows until the transaction ends, note that they are posted, and return the inpatients of those that were free.

        `posted_at` always moves: it makes who works with an older view start again.
        """
        self.flush_model()
        with queries_unlogged():  # who was too late starts again: nothing to tell
            claimed = self._lock(encounter_ids, wait)
            if missing := encounter_ids - claimed:
                self._open(missing)
                claimed |= self._lock(missing, wait)
            self.env.cr.execute(
                SQL(
                    """UPDATE hospital_nursing_account
                          SET is_due = FALSE, error = NULL, posted_at = clock_timestamp() AT TIME ZONE 'UTC'
                        WHERE encounter_id = ANY(%s)""",
                    list(claimed),
                )
            )
        self.invalidate_model()
        return claimed

    @api.model
    def _mark_due(self, campuses, since):
        """Discharged inpatients whose days a plan may have changed. Who is still there is reckoned every night anyway."""
        self.env["hospital.encounter"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM hospital_encounter
                    WHERE kind = 'inpatient' AND state = 'finished' AND campus_id = ANY(%s) AND end_at >= %s""",
                campuses.ids,
                since,
            )
        )
        if rows:
            self._mark_encounters([row[0] for row in rows])

    @api.model
    def _mark_encounters(self, encounter_ids, error=None):
        self.flush_model()
        with queries_unlogged():
            self._open(encounter_ids)
            self.env.cr.execute(
                SQL(
                    "UPDATE hospital_nursing_account SET is_due = TRUE, error = COALESCE(%s, error) "
                    "WHERE encounter_id = ANY(%s) AND (NOT is_due OR %s IS NOT NULL)",
                    error,
                    list(encounter_ids),
                    error,
                )
            )
        self.invalidate_model()

    def action_open_encounter(self):
        self.ensure_one()
        return self.encounter_id._action_open()

    def action_check(self):
        self.ensure_one()
        return self.encounter_id.action_nursing_check()
