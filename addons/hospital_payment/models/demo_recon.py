from datetime import timedelta
from decimal import Decimal

from odoo import api, models

from ..tools.bills import BillLine

AMOUNTS = (12, 25, 36.5, 50, 68, 80, 100, 150, 200, 320)
DAYS = 3
ORDERS = 24


class HospitalDemo(models.AbstractModel):
    """Three days paid by phone and their bills; the middle one has one difference of every kind."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_recon(self):
        demo = self.with_context(tracking_disable=True, mail_create_nolog=True, lang=None)
        for merchant in demo._family("merchant", module="hospital_payment"):
            if merchant.channel_id.code not in ("wechat", "alipay"):
                continue
            for ago in range(DAYS, 0, -1):
                day = demo._today() - timedelta(days=ago)
                if demo.env["hospital.recon"].search_count([("merchant_id", "=", merchant.id), ("day", "=", day)]):
                    continue
                has_differences = merchant.channel_id.code == "wechat" and ago == 2
                demo._demo_recon_day(merchant, day, ago, has_differences)

    def _demo_recon_day(self, merchant, day, ago, has_differences):
        draw = self._draw(f"recon {merchant.name} {ago}")
        patients = self._family("patient")[:200]
        orders = self._load(
            "hospital.pay.order",
            f"order_{merchant.channel_id.code}_{merchant.campus_id.id}_{ago}",
            {
                f"{number:02}": self._demo_recon_order_vals(merchant, day, ago, number, draw, patients)
                for number in range(ORDERS)
            },
            module="hospital_payment",
        )
        refund_lines = self._demo_recon_refunds(merchant, orders[:3], ago)
        paid = self.env["hospital.pay.order"].search(
            [("merchant_id", "=", merchant.id), ("day", "=", day), ("state", "=", "paid")], order="id"
        )
        lines = [self._demo_bill_line(order) for order in paid]
        lines += [self._demo_bill_refund(line) for line in refund_lines]
        if has_differences:
            lines = self._demo_differences(orders, lines, merchant, ago)
        recon = self.env["hospital.recon"]._for(merchant, day)
        bill = self.env["hospital.bill"]._load(merchant, day, lines, "fetched", f"{merchant.merchant_number}-{day}.csv")
        recon._take_bill(bill, "fetch")

    def _demo_recon_order_vals(self, merchant, day, ago, number, draw, patients):
        at = self._moment(ago, 8 + number // 3, draw.randrange(60))
        paid = {"state": "paid", "paid_at": at, "day": day, "business_state": "done"}
        serial = f"{merchant.id % 1000:03}{ago:02}{number:04}"
        return {
            "number": f"P{day:%Y%m%d}{serial}",
            "business": "other",
            "patient_id": draw.choice(patients).id if patients else False,
            "campus_id": merchant.campus_id.id,
            "channel_id": merchant.channel_id.id,
            "merchant_id": merchant.id,
            "way": draw.choice(("code", "qr")),
            "place": "app",
            "amount": draw.choice(AMOUNTS),
            "channel_number": f"4200{day:%Y%m%d}{serial}",
            "next_check_at": False,
            "subject": "门诊缴费",
            **(paid if number < ORDERS - 1 else {"state": "closed", "close_result": "closed"}),
        }

    def _demo_recon_refunds(self, merchant, orders, ago):
        rows = {
            f"{number}": {
                "number": f"R{order.number[1:]}",
                "source": "order",
                "order_id": order.id,
                "patient_id": order.patient_id.id,
                "campus_id": merchant.campus_id.id,
                "amount": 5,
                "state": "done",
                "note": "演示：部分退费",
            }
            for number, order in enumerate(orders)
        }
        prefix = f"{merchant.channel_id.code}_{merchant.campus_id.id}_{ago}"
        refunds = self._load("hospital.refund", f"refund_{prefix}", rows, module="hospital_payment")
        lines = self._load(
            "hospital.refund.line",
            f"refund_line_{prefix}",
            {
                f"{number}": {
                    "refund_id": refund.id,
                    "number": f"{refund.number}-1",
                    "order_id": refund.order_id.id,
                    "way": "original",
                    "amount": 5,
                    "state": "done",
                    "done_at": self._moment(ago, 17),
                    "day": refund.order_id.day,
                }
                for number, refund in enumerate(refunds)
            },
            module="hospital_payment",
        )
        for order in orders.filtered(lambda order: not order.refunded_amount):
            order._write_checked({"refunded_amount": 5})
        return lines

    @staticmethod
    def _demo_bill_line(order, amount=None, at=None):
        value = Decimal(str(order.amount if amount is None else amount))
        return BillLine("pay", order.number, "", order.channel_number, value, value * Decimal("0.006"),
                        at or order.paid_at, "SUCCESS")  # fmt: skip

    @staticmethod
    def _demo_bill_refund(line):
        value = Decimal(str(line.amount))
        return BillLine("refund", line.order_id.number, line.number, f"5000{line.number}", value, Decimal(0),
                        line.done_at, "REFUND SUCCESS")  # fmt: skip

    def _demo_differences(self, orders, lines, merchant, ago):
        """One only ours, one only theirs and large, one with another amount, one twice, one we had closed, a refund of theirs."""
        unknown = self._demo_bill_line(orders[5])._replace(
            our_number=f"X{orders[5].number[1:]}", channel_number=f"{orders[5].channel_number}9", amount=Decimal(1280)
        )
        refund = BillLine("refund", orders[8].number, "", f"5009{orders[8].number}", Decimal(8), Decimal(0),
                          self._moment(ago, 16), "REFUND SUCCESS")  # fmt: skip
        closed = self._demo_bill_line(orders[ORDERS - 1], at=self._moment(ago, 15, 30))
        twice = self._demo_bill_line(orders[7])._replace(channel_number=f"{orders[7].channel_number}8")
        changed = self._demo_bill_line(orders[6], orders[6].amount - 1)
        skipped = (orders[4].number, orders[6].number)
        kept = [line for line in lines if line.kind == "refund" or line.our_number not in skipped]
        return [*kept, unknown, changed, twice, closed, refund]
