from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HospitalSandboxRecord(models.Model):
    """What the far side of a platform remembers. How often it did a thing is what proves "exactly once"."""

    _name = "hospital.sandbox.record"
    _description = "Remembered by the sandbox"
    _order = "id desc"
    _rec_name = "key"

    platform_id = fields.Many2one("hospital.platform", required=True, ondelete="cascade")
    kind = fields.Char("Interface", required=True)
    key = fields.Char(required=True)
    number = fields.Char("Number of the call", help="Under this number the hospital called last.")
    ref = fields.Char("Number there")
    data = fields.Json("Data as stored", groups="hospital_exchange.group_exchange_admin")
    data_text = fields.Text("Data", compute="_compute_data_text", groups="hospital_exchange.group_exchange_admin")
    count = fields.Integer("Times done", required=True, default=1)
    undone = fields.Integer("Times taken back", required=True, default=0)

    _key_unique = models.Constraint("UNIQUE (platform_id, kind, key)", "The sandbox remembers this key already.")
    _number_index = models.Index("(platform_id, number)")

    # === COMPUTE ===

    @api.depends("data")
    def _compute_data_text(self):
        for record in self:
            record.data_text = self.env["hospital.sandbox.call"]._pretty(record.data)

    # === ACTIONS ===

    def action_forget(self):
        """The far side forgets these; the hospital does not."""
        if not self:
            raise UserError(self.env._("Choose what the sandbox is to forget."))
        self.check_access("unlink")
        self.unlink()

    # === BUSINESS ===

    @api.model
    def _do(self, visit, key, data):
        return self._upsert(visit, key, data, SQL("hospital_sandbox_record.count + 1"))

    @api.model
    def _set(self, visit, key, data):
        return self._upsert(visit, key, data, SQL("1"))

    @api.model
    def _upsert(self, visit, key, data, count):
        """One statement, so that two calls at the same moment cannot both be the first."""
        self.flush_model()
        [row] = self.env.execute_query(
            SQL(
                """INSERT INTO hospital_sandbox_record (platform_id, kind, key, number, data, count, undone, ref,
                                                        create_uid, write_uid, create_date, write_date)
                   VALUES (%(platform)s, %(kind)s, %(key)s, %(number)s, %(data)s, 1, 0, %(ref)s,
                           %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (platform_id, kind, key) DO UPDATE
                   SET number = EXCLUDED.number, data = EXCLUDED.data, count = %(count)s,
                       write_date = EXCLUDED.write_date
                   RETURNING id""",
                platform=visit.platform.id,
                kind=visit.interface.code,
                key=key,
                number=visit.number,
                data=fields.Json().convert_to_column_insert(data, self),
                ref=self._new_ref(),
                count=count,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()
        return self.browse(row[0])

    @api.model
    def _add(self, platform, kind, key, data, number, ref):
        """A new row; False when there is one with this key already, also from a call at the same moment."""
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO hospital_sandbox_record (platform_id, kind, key, number, data, count, undone, ref,
                                                        create_uid, write_uid, create_date, write_date)
                   VALUES (%(platform)s, %(kind)s, %(key)s, %(number)s, %(data)s, 1, 0, %(ref)s,
                           %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (platform_id, kind, key) DO NOTHING RETURNING id""",
                platform=platform.id,
                kind=kind,
                key=str(key),
                number=number,
                data=fields.Json().convert_to_column_insert(data, self),
                ref=ref,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()
        return bool(rows)

    @api.model
    def _held(self, platform, kind, key):
        """The row of this key, locked until the end of the call; empty when there is none."""
        return self._hold(SQL("platform_id = %s AND kind = %s AND key = %s", platform.id, kind, str(key)))

    @api.model
    def _hold(self, condition):
        self.flush_model()
        rows = self.env.execute_query(
            SQL("SELECT id FROM hospital_sandbox_record WHERE %s ORDER BY id DESC LIMIT 1 FOR UPDATE", condition)
        )
        record = self.browse(rows[0][0] if rows else [])
        record.invalidate_recordset()
        return record

    @api.model
    def _next_number(self):
        [row] = self.env.execute_query(SQL("SELECT nextval('hospital_sandbox_record_id_seq')"))
        return row[0]

    @api.model
    def _new_ref(self):
        return f"R{self._next_number():08d}"

    @api.model
    def _find(self, platform, key=None, number=None):
        """The newest of this key or number; empty when there is none, and for an empty number."""
        if not key and not number:
            return self.browse()
        by = ("key", "=", key) if key else ("number", "=", number)
        return self.search([("platform_id", "=", platform.id), by], limit=1)

    def _undo(self):
        for record in self:
            record.write({"count": record.count - 1, "undone": record.undone + 1})
