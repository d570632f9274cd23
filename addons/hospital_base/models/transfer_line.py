from odoo import fields, models
from odoo.tools import SQL


class HospitalTransferLine(models.Model):
    """One row per transfer to another ward or department, with what was charged in the ward before and in the ward after.

    A bed move within a ward and department is none; segments of one ward and department count as one. A charge belongs to the segment in
    which its service took place, a reversal to that of the charge it reverses; what was charged before the admission belongs to the
    first segment and what was charged after the discharge to the last, so that the segments add up to the encounter.
    All is reckoned when it is read: a back-dated transfer or a reversal changes the report at once.

    Addons add columns by a field, `_query_columns` and, for other tables, `_query_joins`.
    """

    _name = "hospital.transfer.line"
    _description = "Transfer with charges"
    _inherit = ["hospital.access.mixin"]
    _auto = False
    _order = "transferred_at desc, id desc"
    _rec_name = "number"
    _depends = {
        "hospital.stay": ["encounter_id", "start_at", "end_at", "ward_id", "department_id", "practitioner_id"],
        "hospital.encounter": ["number", "patient_id", "campus_id", "company_id", "state"],
        "hospital.charge": ["encounter_id", "service_at", "amount", "reversal_of_id"],
    }

    encounter_id = fields.Many2one("hospital.encounter", readonly=True)
    number = fields.Char("Inpatient no.", readonly=True)
    patient_id = fields.Many2one("hospital.patient", readonly=True)
    campus_id = fields.Many2one("hospital.campus", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection([("in_progress", "In hospital"), ("finished", "Discharged")], readonly=True)
    transferred_at = fields.Datetime("Transferred at", readonly=True)
    from_department_id = fields.Many2one("hospital.department", "From department", readonly=True)
    from_ward_id = fields.Many2one("hospital.ward", "From ward", readonly=True)
    to_department_id = fields.Many2one("hospital.department", "To department", readonly=True)
    to_ward_id = fields.Many2one("hospital.ward", "To ward", readonly=True)
    to_practitioner_id = fields.Many2one("hospital.practitioner", "New doctor", readonly=True)
    is_department_change = fields.Boolean("Other department", readonly=True)
    amount_before = fields.Monetary(
        "Charged before", readonly=True, help="In the ward the patient came from, while he was there."
    )
    amount_after = fields.Monetary(
        "Charged after", readonly=True, help="In the ward the patient came to, while he was there."
    )
    amount_total = fields.Monetary(
        "Charged in all", readonly=True, help="On the whole stay. A sum counts every patient's stay once."
    )

    @property
    def _table_query(self):
        columns = SQL(", ").join(
            SQL("%s AS %s", sql, SQL.identifier(name)) for name, sql in self._query_columns().items()
        )
        return SQL(
            """SELECT %s FROM %s AS move
                 JOIN hospital_encounter AS encounter ON encounter.id = move.encounter_id
                 JOIN res_company AS company ON company.id = encounter.company_id %s""",
            columns,
            self._query_moves(),
            self._query_joins(),
        )

    # === HOOKS ===

    def _query_columns(self):
        """{field: SQL}; `move`, `encounter` and `company` are at hand, and what `_query_joins` adds."""
        return {
            "id": SQL("move.id"),
            "encounter_id": SQL("move.encounter_id"),
            "number": SQL("encounter.number"),
            "patient_id": SQL("encounter.patient_id"),
            "campus_id": SQL("encounter.campus_id"),
            "company_id": SQL("encounter.company_id"),
            "currency_id": SQL("company.currency_id"),
            "state": SQL("encounter.state"),
            "transferred_at": SQL("move.start_at"),
            "from_department_id": SQL("move.from_department_id"),
            "from_ward_id": SQL("move.from_ward_id"),
            "to_department_id": SQL("move.department_id"),
            "to_ward_id": SQL("move.ward_id"),
            "to_practitioner_id": SQL("move.practitioner_id"),
            "is_department_change": SQL("move.from_department_id <> move.department_id"),
            "amount_before": self._query_charged(SQL("move.window_start"), SQL("move.start_at")),
            "amount_after": self._query_charged(SQL("move.start_at"), SQL("move.window_end")),
            "amount_total": self._query_charged(SQL("'-infinity'::timestamp"), SQL("'infinity'::timestamp")),
        }

    def _query_joins(self):
        """More tables, as `JOIN … ON …`."""
        return SQL()

    # === QUERY ===

    def _query_charged(self, start, end):
        """Net charges with a service in [start, end). Worked out only for the rows and columns that are asked for."""
        return SQL(
            """COALESCE((
                SELECT SUM(charge.amount) FROM hospital_charge AS charge
                  LEFT JOIN hospital_charge AS original ON original.id = charge.reversal_of_id
                 WHERE charge.encounter_id = move.encounter_id
                   AND COALESCE(original.service_at, charge.service_at) >= %s
                   AND COALESCE(original.service_at, charge.service_at) < %s), 0)""",
            start,
            end,
        )

    def _query_moves(self):
        """The first stay of every ward-and-department segment but the first, with the segment before and the end of its own."""
        return SQL(
            """(
            SELECT * FROM (
                SELECT part.*,
                       ROW_NUMBER() OVER chain AS part_number,
                       LAG(part.department_id) OVER chain AS from_department_id,
                       LAG(part.ward_id) OVER chain AS from_ward_id,
                       CASE WHEN ROW_NUMBER() OVER chain > 2 THEN LAG(part.start_at) OVER chain ELSE '-infinity' END AS window_start,
                       COALESCE(LEAD(part.start_at) OVER chain, 'infinity') AS window_end
                  FROM (
                    SELECT stay.id, stay.encounter_id, stay.department_id, stay.ward_id, stay.practitioner_id, stay.start_at,
                           (LAG(stay.ward_id) OVER stays, LAG(stay.department_id) OVER stays)
                               IS DISTINCT FROM (stay.ward_id, stay.department_id) AS is_move
                      FROM hospital_stay AS stay
                    WINDOW stays AS (PARTITION BY stay.encounter_id ORDER BY stay.start_at)
                  ) AS part
                 WHERE part.is_move
                WINDOW chain AS (PARTITION BY part.encounter_id ORDER BY part.start_at)
            ) AS numbered WHERE part_number > 1)"""
        )

    def _read_group_select(self, aggregate_spec, query):
        """The total of an encounter stands in each of its rows: a sum counts it once."""
        if aggregate_spec != "amount_total:sum":
            return super()._read_group_select(aggregate_spec, query)
        self._check_field_access(self._fields["amount_total"], "read")
        return SQL(
            "(SELECT COALESCE(SUM(stay.value::numeric), 0) FROM jsonb_each_text(jsonb_object_agg(%s, %s)) AS stay)",
            self._field_to_sql(self._table, "encounter_id", query),
            self._field_to_sql(self._table, "amount_total", query),
        )

    # === ACTIONS ===

    def action_open_encounter(self):
        self.ensure_one()
        return self.encounter_id._action_open()
