from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalAccount(models.Model):
    """What people see of accounts, and the way from other records to them."""

    _inherit = "hospital.account"

    entry_count = fields.Integer(compute="_compute_numbers", compute_sudo=True)
    topup_total = fields.Monetary("Topped up", compute="_compute_numbers", compute_sudo=True)
    last_topup_at = fields.Datetime("Last top-up", compute="_compute_numbers", compute_sudo=True)
    unsettled_total = fields.Monetary(related="encounter_id.unsettled_total")

    # === COMPUTE ===

    def _compute_numbers(self):
        entries = self.env["hospital.account.entry"]
        counts = dict(entries._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"]))
        topups = {
            account: (amount, at)
            for account, amount, at in entries._read_group(
                [("account_id", "in", self.ids), ("kind", "=", "topup")], ["account_id"], ["amount:sum", "at:max"]
            )
        }
        for account in self:
            account.entry_count = counts.get(account._origin, 0)
            account.topup_total, account.last_topup_at = topups.get(account._origin, (0.0, False))

    @api.model
    def _rule_note(self, kind):
        """What a patient is told before he pays in advance; the numbers are those of the settings."""
        company = self.env.company
        for_another = self.env._(
            "If you pay for somebody else: what is not used goes back by the road it came, so keep an eye on your own account."
        )
        if kind == "inpatient":
            return (
                self.env._("What is left of the deposit is settled and given back at the discharge.")
                + "\n"
                + for_another
            )
        return (
            self.env._(
                "What is left on a card with no emergency visit within %(emergency)s days and no new visit within %(days)s days "
                "goes back by the road it came.",
                emergency=company.hospital_balance_emergency_days,
                days=company.hospital_balance_topup_days,
            )
            + "\n"
            + for_another
        )

    # === ACTIONS ===

    def action_topup(self):
        self.ensure_one()
        if self.state != "open":
            raise UserError(self.env._("The account %s is closed: nothing can be booked on it.", self.number))
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_topup")
        return {
            **action,
            "context": {
                "dialog_size": "large",
                "default_kind": self.kind,
                "default_patient_id": self.patient_id.id,
                "default_card_id": self.card_id.id,
                "default_encounter_id": self.encounter_id.id,
            },
        }

    def action_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_account_entry")
        return {
            **action,
            "name": self.env._("Ledger of %s", self.display_name),
            "domain": [("account_id", "=", self.id)],
            "context": {},
        }

    def action_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_pay_order")
        return {
            **action,
            "name": self.env._("Orders of %s", self.display_name),
            "domain": [("account_id", "=", self.id)],
            "context": {},
        }
