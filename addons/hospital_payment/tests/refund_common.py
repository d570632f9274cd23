from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.hospital_base.tests.charges_common import ChargesCase

from .channel_common import CODES, ChannelCase


class RefundCase(ChannelCase, ChargesCase):
    """Cards with money that came by several roads; channels in the sandbox; who asks, who approves, who pays out."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env.company.write({"hospital_refund_second_limit": 5000, "hospital_refund_free_limit": 0})
        campus = {
            "hospital_campus_ids": [Command.set(cls.campus.ids)],
            "hospital_campus_id": cls.campus.id,
        }
        approver = "hospital_payment.group_refund_approver"
        for name, groups in {
            "approver": approver,
            "approver2": approver,
            "manager2": "hospital_base.group_hospital_finance_manager",
            "clerk": "hospital_base.group_hospital_finance_clerk",
            "partner": "hospital_payment.group_refund_partner,hospital_exchange.group_exchange_technical",
        }.items():
            cls.users[name] = new_test_user(env, f"refund_{name}", groups=groups, **campus)
        cls.channels = {channel.code: channel for channel in env["hospital.pay.channel"].search([])}
        for code in CODES:
            env["hospital.pay.merchant"].create(
                {
                    "name": code,
                    "channel_id": cls.channels[code].id,
                    "campus_id": cls.campus.id,
                    "platform_id": cls.platforms[code].id,
                }
            )
        cls.cards = 0
        cls.account = cls.new_account()
        cls.reason = env.ref("hospital_payment.refund_reason_wish")

    @classmethod
    def new_account(cls, patient=None, prefix="33"):
        cls.cards += 1
        patient = patient or cls.patient
        card = cls.env["hospital.card"].create({"patient_id": patient.id, "number": f"{prefix}{cls.cards:010}"})
        return cls.env["hospital.account"]._for_card(card, cls.campus)

    def as_(self, role, record):
        return record.with_user(self.users[role])

    # === MONEY COMES ===

    def topup(self, amount, channel="cash", account=None, days_ago=0, far=True):
        """Money onto a card; of a channel it is really paid at its far side, unless `far` says that nobody asks it."""
        account = account or self.account
        kind = self.channels[channel].kind
        way = {"cash": "cash", "manual": "manual", "online": "code"}[kind]
        order = (
            self.as_("cashier", self.env["hospital.pay.order"])
            ._open(
                account,
                "topup_card",
                self.channels[channel],
                amount,
                way,
                patient_id=account.patient_id.id,
                account_id=account.id,
                campus_id=self.campus.id,
            )
            .sudo()
        )
        at = fields.Datetime.now() - timedelta(days=days_ago)
        facts = {"paid_at": at}
        if kind == "online":
            if far:
                self.charge(channel, amount=f"{amount:.2f}", number=order.number)
                reply = self.ask(channel, "query", order_no=order.number)
                self.assertEqual(reply["state"], "paid")
                facts["channel_number"] = reply["channel_no"]
            order._step("paying")
        order._step("paid", **facts)
        order._on_paid(strict=True)
        return order

    def spend(self, amount, account=None, days_ago=0):
        self.env["hospital.account"]._book(
            [
                {
                    "account_id": (account or self.account).id,
                    "kind": "spend",
                    "amount": -amount,
                    "at": fields.Datetime.now() - timedelta(days=days_ago),
                }
            ]
        )

    # === MONEY GOES ===

    def ask_back(self, amount=None, account=None, role="clerk", reason=None, note=None):
        account = account or self.account
        return self.as_(role, self.env["hospital.refund"])._refund_account(
            account, account.balance if amount is None else amount, reason or self.reason, note=note
        )

    def approve(self, refund, role="approver"):
        self.as_(role, refund).action_approve()

    def deliver_all(self):
        for code in CODES:
            self.deliver(self.platforms[code])

    def settle_refunds(self):
        """Sent, and asked about: WeChat says no more at once than that it has taken a refund."""
        self.deliver_all()
        self.follow_up()

    def follow_up(self):
        """The scheduled action, some minutes later."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hospital_refund_line SET sent_at = sent_at - interval '10 minutes', "
            "next_check_at = CASE WHEN next_check_at IS NOT NULL THEN create_date END"
        )
        self.env.invalidate_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["hospital.refund.line"]._cron_follow_up()
        self.env.invalidate_all()

    def far_refunds(self, channel="wechat"):
        """{refund number: how often} of what the far side has paid back."""
        records = self.env["hospital.sandbox.record"].search(
            [("platform_id", "=", self.platforms[channel].id), ("kind", "=", "refund")]
        )
        return {record.key.rpartition("/")[2]: record.count for record in records}

    def assert_books(self, account=None):
        """The balance is its entries; what is reserved of payments is what lines have on their way."""
        account = account or self.account
        self.env.flush_all()
        [(balance, entries)] = self.env.execute_query(
            SQL(
                "SELECT account.balance, COALESCE(sum(entry.amount), 0) FROM hospital_account account "
                "LEFT JOIN hospital_account_entry entry ON entry.account_id = account.id WHERE account.id = %s GROUP BY 1",
                account.id,
            )
        )
        self.assertEqual(balance, entries)
        wrong = self.env.execute_query(
            SQL(
                """SELECT paid.number FROM hospital_pay_order paid LEFT JOIN hospital_refund_line line ON line.order_id = paid.id
                    GROUP BY paid.id HAVING
                     paid.refunded_amount <> COALESCE(sum(line.amount) FILTER (WHERE line.state = 'done'), 0)
                     OR paid.refund_pending_amount <> COALESCE(sum(line.amount)
                        FILTER (WHERE line.state IN ('pending', 'processing', 'failed', 'unknown')), 0)"""
            )
        )
        self.assertFalse(wrong)
