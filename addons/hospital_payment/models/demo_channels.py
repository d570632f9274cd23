from datetime import timedelta

from odoo import api, models

SANDBOX = "hospital.sandbox.pay"
BEIJING = timedelta(hours=8)
VENDORS = {
    "wechat": "财付通支付科技有限公司",
    "alipay": "支付宝（中国）网络技术有限公司",
    "unionpay": "银联商务股份有限公司",
}


class HospitalDemo(models.AbstractModel):
    """Every campus is a merchant of every payment platform; where the sandbox is installed it plays them."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_pay_channels(self):
        rows = {}
        for code, vendor in VENDORS.items():
            platform = self.env.ref(f"hospital_payment.platform_{code}")
            channel = self.env.ref(f"hospital_payment.channel_{code}")
            campuses = self.env["hospital.campus"].search([("company_id", "=", platform.company_id.id)], order="id")
            for number, campus in enumerate(campuses, 1):
                rows[f"{code}_{number}"] = {
                    "name": f"{campus.name}{platform.name}",
                    "channel_id": channel.id,
                    "campus_id": campus.id,
                    "platform_id": platform.id,
                    "merchant_number": f"{1900000000 + number}",
                    "vendor": vendor,
                }
            self._demo_play(platform)
        self._demo_play(self.env.ref("hospital_payment.platform_pay_page"))
        self._load("hospital.pay.merchant", "merchant", rows, module="hospital_payment")

    def _demo_play(self, platform):
        if platform.mode == "disabled" and "hospital.sandbox.record" in self.env:
            platform.mode = "sandbox"

    def _steps(self):
        """Run again by every addon that comes with demo data: the sandbox may come after the payments."""
        return [*super()._steps(), "_demo_paid_there"]

    def _demo_paid_there(self):
        """The far sides of the sandbox know the payments: their bills have them, and they can pay them back."""
        if "hospital.sandbox.record" not in self.env:
            return
        orders = self.env["hospital.pay.order"].search(
            [("account_id", "!=", False), ("state", "=", "paid"), ("merchant_id.platform_id", "!=", False)], order="id"
        )
        for order in orders:
            paid_at = f"{order.paid_at + BEIJING:%Y-%m-%d %H:%M:%S}"
            data = {
                "amount": round(order.amount * 100),
                "state": "PAID",
                "way": order.way,
                "refunded": 0,
                "refunds": 0,
                "made_at": paid_at,
                "paid_at": paid_at,
                "asked": 0,
                "play": "",
            }
            platform = order.merchant_id.platform_id
            self.env[SANDBOX]._made(platform, "order", order.number, data, order.channel_number or "")
