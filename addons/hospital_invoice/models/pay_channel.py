from odoo import fields, models

CODES = {
    "cash": "02",
    "bank_card": "01",
    "card_account": "07",
    "deposit": "12",
    "wechat": "05",
    "alipay": "04",
    "unionpay": "08",
}
OTHER = "03"


class HospitalPayChannel(models.Model):
    _inherit = "hospital.pay.channel"

    invoice_code = fields.Char(
        "Code on electronic bills", size=10, help="Empty: the usual one of the bill platform for such a channel."
    )

    def _invoice_code(self):
        """As the platform's list of pay channels has it; the site's own code goes before."""
        self.ensure_one()
        return self.invoice_code or CODES.get(self.code, OTHER)
