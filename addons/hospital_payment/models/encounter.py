from odoo import models


class HospitalEncounter(models.Model):
    """What is unsettled of a visit can be paid by scanning its slip."""

    _name = "hospital.encounter"
    _inherit = ["hospital.encounter", "hospital.pay.link.mixin"]

    def _unsettled_charges(self):
        self.ensure_one()
        return self.charge_ids.filtered(lambda charge: charge.state == "unsettled")

    def _pay_link_amount(self):
        return self.currency_id.round(sum(self._unsettled_charges().mapped("amount")))

    def _build_pay_link(self, interface, **extra):
        return {
            **super()._build_pay_link(interface, **extra),
            "no": self.number,
            "visit": self.number,
            "patient": self.patient_id.number,
            "department": self.department_id.code,
        }
