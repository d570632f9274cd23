from odoo import fields, models


class HospitalEncounter(models.Model):
    """What was charged on an encounter."""

    _inherit = "hospital.encounter"

    charge_ids = fields.One2many("hospital.charge", "encounter_id", string="Charges", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    charge_total = fields.Monetary("Charged", compute="_compute_charge_totals", compute_sudo=True)
    unsettled_total = fields.Monetary("Unsettled", compute="_compute_charge_totals", compute_sudo=True)

    def _compute_charge_totals(self):
        sums = {}
        for encounter, state, amount in self.env["hospital.charge"]._read_group(
            [("encounter_id", "in", self.ids)], ["encounter_id", "state"], ["amount:sum"]
        ):
            sums[encounter.id, state] = amount
        for encounter in self:
            encounter.unsettled_total = sums.get((encounter.id, "unsettled"), 0.0)
            encounter.charge_total = encounter.unsettled_total + sums.get((encounter.id, "settled"), 0.0)

    def _has_charges(self):
        # charges of other campuses count as well
        _charges_sudo = self.env["hospital.charge"].sudo()
        charged = _charges_sudo.search_count([("encounter_id", "in", self.ids), ("state", "!=", "reversed")], limit=1)
        return bool(charged) or super()._has_charges()

    def action_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_charge")
        return {
            **action,
            "name": self.env._("Charges of %s", self.display_name),
            "domain": [("encounter_id", "=", self.id)],
            "context": {"default_encounter_id": self.id, "search_default_group_category": 1},
        }

    def action_enter_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_charge_entry")
        return {**action, "context": {"default_encounter_id": self.id}}
