from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL


class HospitalSettlement(models.Model):
    """What was taken back and neither paid out nor on its way: its refund was rejected, cancelled or given up."""

    _inherit = "hospital.settlement"

    owed_amount = fields.Monetary(
        "Owed to the patient",
        compute="_compute_owed_amount",
        compute_sudo=True,
        help="The charges were taken back, but no refund of this money is done or on its way.",
    )
    is_owed = fields.Boolean(
        "Money is owed", compute="_compute_owed_amount", search="_search_is_owed", compute_sudo=True
    )

    # === COMPUTE ===

    @api.depends("paid_back_total", "refund_ids.state", "refund_ids.amount", "refund_ids.line_ids.state")
    def _compute_owed_amount(self):
        rows = dict(self.env.execute_query(self._owed_query(self.ids))) if self.ids else {}
        for settlement in self:
            settlement.owed_amount = rows.get(settlement._origin.id, 0.0)
            settlement.is_owed = settlement.owed_amount > 0

    def _owed_query(self, ids=None):
        """(settlement, amount) of those that owe something."""
        self.flush_model(["paid_back_total"])
        self.env["hospital.refund"].flush_model(["settlement_id", "state", "amount"])
        self.env["hospital.refund.line"].flush_model(["refund_id", "state", "amount"])
        return SQL(
            """SELECT s.id, s.paid_back_total - COALESCE(r.amount, 0)
                 FROM hospital_settlement s
            LEFT JOIN LATERAL (
                      SELECT sum(r.amount - COALESCE((SELECT sum(l.amount) FROM hospital_refund_line l
                                                       WHERE l.refund_id = r.id AND l.state = 'cancelled'), 0)) AS amount
                        FROM hospital_refund r
                       WHERE r.settlement_id = s.id AND r.state NOT IN ('rejected', 'cancelled')) r ON TRUE
                WHERE s.paid_back_total > COALESCE(r.amount, 0) AND %s""",
            SQL("s.id = ANY(%s)", list(ids)) if ids is not None else SQL("TRUE"),
        )

    def _search_is_owed(self, operator, value):
        if operator != "in":
            return NotImplemented
        owed = SQL("(SELECT id FROM (%s) AS owed)", self._owed_query())
        return [("id", "in" if True in value else "not in", owed)]

    # === ACTIONS ===

    def action_ask_again(self):
        """Ask once more for what is owed; it is approved and paid out as any refund."""
        self.ensure_one()
        is_cashier = self.env.user.has_group("hospital_base.group_hospital_cashier")
        if not is_cashier and not self.env.user.has_group("hospital_base.group_hospital_finance_clerk"):
            raise AccessError(self.env._("Refunds are asked for by the cash desk and by finance."))
        self.check_access("read")
        self._lock()
        if not self.is_owed:
            raise UserError(self.env._("Nothing of settlement %s is owed any more.", self.number))
        refund = self.env["hospital.refund"]._refund_settlement(
            self, self.owed_amount, False, automatic=None if is_cashier else False
        )
        return refund._open(refund)
