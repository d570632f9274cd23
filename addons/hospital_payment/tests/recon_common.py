import base64
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

import pytz
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from ..models.recon_fetch import HospitalRecon
from ..tools.bills import BillLine, writing

CLERK = "hospital_base.group_hospital_finance_clerk"
MANAGER = "hospital_base.group_hospital_finance_manager"


class ReconCase(TransactionCase):
    """Two campuses with a WeChat merchant each, a clerk and two managers of the first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company = cls.env.company
        company.hospital_tz = "Asia/Shanghai"
        company.hospital_recon_second_limit = 1000
        campuses = cls.env["hospital.campus"].create(
            [{"name": f"对账{n}院区", "code": f"RECON{n}", "company_id": company.id} for n in (1, 2)]
        )
        cls.campus, cls.other_campus = campuses
        cls.wechat = cls.env.ref("hospital_payment.channel_wechat")
        cls.merchant, cls.other_merchant = cls.env["hospital.pay.merchant"].create(
            [
                {
                    "name": f"微信{campus.name}",
                    "channel_id": cls.wechat.id,
                    "campus_id": campus.id,
                    "merchant_number": f"190000010{number}",
                    "vendor": "财付通",
                }
                for number, campus in enumerate(campuses)
            ]
        )
        cls.day = company._hospital_today() - timedelta(days=3)
        cls.next_day = cls.day + timedelta(days=1)
        cls.clerk = cls.make_user("recon_clerk", CLERK)
        cls.manager = cls.make_user("recon_manager", MANAGER)
        cls.second_manager = cls.make_user("recon_manager2", MANAGER)
        cls.serial = 0

    @classmethod
    def make_user(cls, login, group, campuses=None):
        campuses = campuses or cls.campus
        return new_test_user(
            cls.env,
            login,
            groups=group,
            hospital_campus_ids=[Command.set(campuses.ids)],
            hospital_campus_id=campuses[0].id,
        )

    # === OUR SIDE ===

    @classmethod
    def moment(cls, clock="09:00:00", days=0):
        """A time of the day in the hospital's time zone, as it is stored."""
        local = datetime.fromisoformat(f"{cls.day + timedelta(days=days)} {clock}")
        return cls.company._hospital_timezone().localize(local).astimezone(pytz.utc).replace(tzinfo=None)

    @classmethod
    def order(cls, amount, state="paid", at=None, merchant=None, **vals):
        merchant = merchant or cls.merchant
        at = at or cls.moment()
        cls.serial += 1
        paid = {"paid_at": at, "day": cls.company._hospital_date(at), "business_state": "done"}
        return cls.env["hospital.pay.order"].create(
            {
                "number": f"P{cls.day:%Y%m%d}9{cls.serial:08d}",
                "business": "other",
                "campus_id": merchant.campus_id.id,
                "channel_id": merchant.channel_id.id,
                "merchant_id": merchant.id,
                "way": "code",
                "amount": amount,
                "state": state,
                "channel_number": f"42000{cls.serial:023d}",
                **(paid if state == "paid" else {}),
                **vals,
            }
        )

    @classmethod
    def refund(cls, order, *amounts, state="done", at=None):
        """A refund of an order in as many lines as amounts."""
        at = at or cls.moment("15:00:00")
        cls.serial += 1
        refund = cls.env["hospital.refund"].create(
            {
                "number": f"R{cls.day:%Y%m%d}9{cls.serial:06d}",
                "source": "order",
                "order_id": order.id,
                "campus_id": order.campus_id.id,
                "amount": sum(amounts),
                "state": "done" if state == "done" else "executing",
            }
        )
        done = {"done_at": at} if state == "done" else {}
        if done and "day" in cls.env["hospital.refund.line"]._fields:
            done["day"] = cls.company._hospital_date(at)
        return cls.env["hospital.refund.line"].create(
            [
                {
                    "refund_id": refund.id,
                    "number": f"{refund.number}-{number}",
                    "order_id": order.id,
                    "way": "original",
                    "amount": amount,
                    "state": state,
                    **done,
                }
                for number, amount in enumerate(amounts, 1)
            ]
        )

    # === THEIR SIDE ===

    @classmethod
    def paid(cls, order, amount=None, at=None, channel_number=None):
        return BillLine(
            "pay",
            order if isinstance(order, str) else order.number,
            "",
            channel_number or (order.channel_number if not isinstance(order, str) else f"C{order}"),
            Decimal(str(order.amount if amount is None else amount)),
            Decimal("0.06"),
            at or (order.paid_at if not isinstance(order, str) and order.paid_at else cls.moment()),
            "SUCCESS",
        )

    @classmethod
    def back(cls, line, amount=None, at=None, word="REFUND SUCCESS"):
        return BillLine(
            "refund",
            line.order_id.number,
            line.number,
            f"50{line.number}",
            Decimal(str(line.amount if amount is None else amount)),
            Decimal(0),
            at or line.done_at or cls.moment("15:00:00"),
            word,
        )

    @classmethod
    def revoked(cls, order, amount=None):
        return BillLine("refund", order.number, "", f"50{order.number}", Decimal(str(amount or order.amount)), Decimal(0),
                        cls.moment("09:01:00"), "REVOKED SUCCESS")  # fmt: skip

    @classmethod
    def file(cls, *lines, merchant=None):
        return writing.wechat(lines, mchid=(merchant or cls.merchant).merchant_number)

    # === RECONCILING ===

    def load(self, *lines, day=None, merchant=None, user=None):
        """A bill with these lines comes in and is matched; gives the day."""
        merchant, day = merchant or self.merchant, day or self.day
        recon = self.env["hospital.recon"]._for(merchant, day)
        bill = self.env["hospital.bill"]._load(merchant, day, list(lines), "uploaded", "bill.csv")
        recon._take_bill(bill, "upload")
        return recon

    def found(self, recon):
        """{number: (kind, payment or refund, difference)} of what is there today."""
        return {
            item.key.split(":")[1]: (item.kind, item.line_kind, item.difference)
            for item in recon.item_ids
            if item.is_live
        }

    def assert_sums(self, recon):
        """Differences explain exactly what lies between both nets."""
        live = recon.item_ids.filtered("is_live")
        self.assertAlmostEqual(recon.our_net - recon.their_net, recon.difference, 2)
        self.assertAlmostEqual(sum(live.mapped("difference")), recon.difference, 2)
        self.assertAlmostEqual(recon.decided_difference + recon.open_difference, recon.difference, 2)

    def upload(self, content, day=None, merchant=None, user=None, name="bill.csv"):
        return (
            self.env["hospital.bill.upload"]
            .with_user(user or self.clerk)
            .create(
                {
                    "merchant_id": (merchant or self.merchant).id,
                    "day": day or self.day,
                    "file": base64.b64encode(content),
                    "file_name": name,
                }
            )
        )

    def channel_answers(self, answer):
        """The channel's bill in place of a call: content, or an error that is raised."""

        def ask(recon):
            content = answer(recon) if callable(answer) else answer
            if isinstance(content, Exception):
                raise content
            return content, "bill.csv"

        patcher = patch.object(HospitalRecon, "_ask_for_bill", ask)
        patcher.start()
        self.addCleanup(patcher.stop)
