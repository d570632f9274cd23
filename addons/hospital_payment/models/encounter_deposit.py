from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HospitalEncounter(models.Model):
    """The deposit of a stay, and whether it still covers what was charged."""

    _inherit = "hospital.encounter"

    deposit_account_ids = fields.One2many("hospital.account", "encounter_id", "Deposit accounts", readonly=True)
    deposit_balance = fields.Monetary("Deposit", compute="_compute_deposit", compute_sudo=True)
    deposit_left = fields.Monetary(
        "Deposit left",
        compute="_compute_deposit",
        compute_sudo=True,
        help="The deposit less the charges that are not settled yet.",
    )
    deposit_threshold = fields.Monetary("Deposit limit", compute="_compute_deposit", compute_sudo=True)
    is_deposit_low = fields.Boolean(
        "Deposit runs low", compute="_compute_deposit", search="_search_is_deposit_low", compute_sudo=True
    )

    # === COMPUTE ===

    def _compute_deposit(self):
        rows = (
            {row["id"]: row for row in self.env.execute_query_dict(self._deposit_query(self.ids))} if self.ids else {}
        )
        nothing = {"balance": 0.0, "left_over": 0.0, "threshold": 0.0, "is_low": False}
        for encounter in self:
            row = rows.get(encounter._origin.id, nothing)
            encounter.deposit_balance = row["balance"]
            encounter.deposit_left = row["left_over"]
            encounter.deposit_threshold = row["threshold"]
            encounter.is_deposit_low = row["is_low"]

    def _deposit_query(self, ids=None):
        """Deposit, unsettled charges and limit of the stays; without ids of all patients who are in hospital now."""
        self.env["hospital.account"].flush_model(["encounter_id", "balance"])
        self.env["hospital.charge"].flush_model(["encounter_id", "state", "amount"])
        self.env["hospital.ward"].flush_model(["has_deposit_threshold", "deposit_threshold"])
        self.env["res.company"].flush_model(["hospital_deposit_threshold"])
        self.flush_model(["state", "kind", "ward_id", "company_id"])
        where = SQL("e.id = ANY(%s)", list(ids)) if ids is not None else SQL("e.state = 'in_progress'")
        return SQL(
            """SELECT *, is_inside AND left_over < threshold AS is_low FROM (
                   SELECT e.id, COALESCE(a.balance, 0) AS balance,
                          COALESCE(a.balance, 0) - COALESCE(c.amount, 0) AS left_over,
                          CASE WHEN w.has_deposit_threshold THEN COALESCE(w.deposit_threshold, 0)
                               ELSE COALESCE(company.hospital_deposit_threshold, 0) END AS threshold,
                          e.state = 'in_progress' AS is_inside
                     FROM hospital_encounter e
                     JOIN res_company company ON company.id = e.company_id
                     LEFT JOIN hospital_ward w ON w.id = e.ward_id
                     LEFT JOIN hospital_account a ON a.encounter_id = e.id
                     LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM hospital_charge
                                         WHERE encounter_id = e.id AND state = 'unsettled') c ON TRUE
                    WHERE e.kind = 'inpatient' AND %s) AS deposit""",
            where,
        )

    def _search_is_deposit_low(self, operator, value):
        if operator != "in":
            return NotImplemented
        low = SQL("(SELECT id FROM (%s) AS low WHERE is_low)", self._deposit_query())
        return [("id", "in" if True in value else "not in", low)]

    # === ACTIONS ===

    def action_topup(self):
        """Take a deposit for this stay."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_topup")
        return {
            **action,
            "context": {
                "dialog_size": "large",
                "default_kind": "inpatient",
                "default_patient_id": self.patient_id.id,
                "default_encounter_id": self.id,
            },
        }

    def action_deposit(self):
        """The account of this stay."""
        self.ensure_one()
        account = self.env["hospital.account"].search([("encounter_id", "=", self.id)])
        if not account:
            raise UserError(self.env._("No deposit was taken for this stay yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.account",
            "res_id": account.id,
            "views": [[False, "form"]],
        }
