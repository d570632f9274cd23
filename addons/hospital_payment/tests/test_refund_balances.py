import random
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .refund_common import RefundCase

NEVER = None
# name, prefix, [(channel, days ago)], last emergency visit (days ago), its state, last payment from the card (days
# ago), whether all is spent, is it in the daily list, is it paid back
CARDS = [
    ("topped up today", "33", [("wechat", 0)], NEVER, "", NEVER, False, True, True),
    ("by Alipay", "35", [("alipay", 30)], NEVER, "", NEVER, False, True, True),
    ("59 days ago", "58", [("wechat", 59)], NEVER, "", NEVER, False, True, True),
    ("60 days ago is within", "33", [("wechat", 60)], NEVER, "", NEVER, False, True, True),
    ("61 days ago is too long ago", "33", [("wechat", 61)], NEVER, "", NEVER, False, False, False),
    ("one of two top-ups is enough", "33", [("wechat", 90), ("alipay", 60)], NEVER, "", NEVER, False, True, True),
    ("both too long ago", "33", [("wechat", 90), ("alipay", 61)], NEVER, "", NEVER, False, False, False),
    ("cash is not meant", "33", [("cash", 5)], NEVER, "", NEVER, False, False, False),
    ("UnionPay is not meant", "33", [("unionpay", 5)], NEVER, "", NEVER, False, False, False),
    ("a bank card is not meant", "33", [("bank_card", 5)], NEVER, "", NEVER, False, False, False),
    ("cash beside WeChat", "33", [("wechat", 20), ("cash", 5)], NEVER, "", NEVER, False, True, True),
    ("cash now, WeChat too long ago", "33", [("wechat", 61), ("cash", 5)], NEVER, "", NEVER, False, False, False),
    ("all of it spent", "33", [("wechat", 58)], NEVER, "", 57, True, False, False),
    ("spent 54 days ago", "33", [("wechat", 58)], NEVER, "", 54, False, True, True),
    ("spent 53 days ago is within", "33", [("wechat", 58)], NEVER, "", 53, False, True, False),
    ("spent 52 days ago", "33", [("wechat", 58)], NEVER, "", 52, False, True, False),
    ("spent today", "33", [("wechat", 58)], NEVER, "", 0, False, True, False),
    ("spent on the day of the top-up", "33", [("wechat", 54)], NEVER, "", 54, False, True, True),
    ("emergency today", "33", [("wechat", 10)], 0, "registered", NEVER, False, True, False),
    ("emergency 6 days ago", "35", [("wechat", 10)], 6, "finished", NEVER, False, True, False),
    ("emergency 7 days ago is within", "35", [("wechat", 10)], 7, "finished", NEVER, False, True, False),
    ("emergency 8 days ago", "35", [("wechat", 10)], 8, "finished", NEVER, False, True, True),
    ("emergency cancelled", "35", [("wechat", 10)], 1, "cancelled", NEVER, False, True, True),
    ("emergency of observation", "35", [("wechat", 10)], 7, "observation", NEVER, False, True, False),
    ("observation 8 days ago", "35", [("wechat", 10)], 8, "observation", NEVER, False, True, True),
    ("another kind of visit today", "35", [("wechat", 10)], 0, "outpatient", NEVER, False, True, True),
    ("all at the edge, inside", "58", [("alipay", 60)], 8, "finished", 54, False, True, True),
    ("all at the edge, emergency", "58", [("alipay", 60)], 7, "finished", 54, False, True, False),
    ("all at the edge, payment", "58", [("alipay", 60)], 8, "finished", 53, False, True, False),
    ("all at the edge, top-up", "58", [("alipay", 61)], 8, "finished", 54, False, False, False),
    ("emergency and payment", "58", [("alipay", 30)], 3, "finished", 3, False, True, False),
    ("a card of the insurance", "77", [("wechat", 5)], NEVER, "", NEVER, False, False, False),
    ("a card that may hold no money any more", "78", [("wechat", 5)], NEVER, "", NEVER, False, False, False),
    ("an account that is empty since", "33", [("wechat", 5)], NEVER, "", 4, True, False, False),
]


@tagged("post_install", "-at_install")
class TestRefundBalances(RefundCase):
    """Balances of cards by the original road: the screen, the batch, self-service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.write(
            {
                "hospital_balance_topup_days": 60,
                "hospital_balance_emergency_days": 7,
                "hospital_balance_spend_days": 53,
            }
        )

    def days_ago(self, days):
        """Noon of a day of the hospital."""
        day = self.company._hospital_today() - timedelta(days=days)
        return self.company._hospital_day_bounds(day)[0] + timedelta(hours=12)

    def visit(self, patient, days, state):
        kind = state if state in ("observation", "outpatient") else "emergency"
        visit = self.new_encounter(kind, patient_id=patient.id, registered_at=self.days_ago(days))
        if state in ("cancelled", "finished"):
            visit.state = state
        return visit

    def make_cards(self):
        self.env["hospital.card.type"].create(
            [
                {"name": "医保卡", "code": "t77", "prefix": "77", "kind": "insured", "may_hold_money": True},
                {"name": "旧卡", "code": "t78", "prefix": "78", "kind": "self_paid", "may_hold_money": True},
            ]
        )
        accounts = {}
        for name, prefix, topups, emergency, state, spent, all_spent, _listed, _due in CARDS:
            patient = self.env["hospital.patient"].create({"name": f"卡{len(accounts)}", "sex": "1"})
            account = accounts[name] = self.new_account(patient, prefix)
            for channel, days in topups:
                order = self.topup(100, channel, account, far=False)
                self.shift(order, days)
            if emergency is not NEVER:
                self.visit(patient, emergency, state)
            if spent is not NEVER:
                self.env["hospital.account"]._book(
                    [
                        {
                            "account_id": account.id,
                            "kind": "spend",
                            "amount": -account.balance if all_spent else -10,
                            "at": self.days_ago(spent),
                        }
                    ]
                )
        self.env["hospital.card.type"].search([("code", "=", "t78")]).may_hold_money = False
        return accounts

    def shift(self, order, days):
        """As if it had been paid so many days ago."""
        at = self.days_ago(days)
        day = self.company._hospital_today() - timedelta(days=days)
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE hospital_account_entry DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL("UPDATE hospital_account_entry SET at = %s, day = %s WHERE order_id = %s", at, day, order.id)
        )
        self.env.cr.execute("ALTER TABLE hospital_account_entry ENABLE TRIGGER USER")
        self.env.cr.execute(
            SQL("UPDATE hospital_pay_order SET paid_at = %s, day = %s WHERE id = %s", at, day, order.id)
        )
        self.env.invalidate_all()

    # === THE SCREEN ===

    @proves("S3-12.1", "S3-12.2")
    def test_cards_at_the_boundaries(self):
        accounts = self.make_cards()
        self.assertGreaterEqual(len(accounts), 30)
        finance = self.as_("clerk", self.env["hospital.account"])
        own = [account.id for account in accounts.values()]
        listed = finance.search([("is_balance_listed", "=", True), ("id", "in", own)])
        due = finance.search([("is_balance_due", "=", True), ("id", "in", own)])
        for name, *_facts, is_listed, is_due in CARDS:
            account = accounts[name].with_user(self.users["clerk"])
            self.assertEqual(account in listed, is_listed, f"listed: {name}")
            self.assertEqual(account in due, is_due, f"due: {name}")
            self.assertEqual((account.is_balance_listed, account.is_balance_due), (is_listed, is_due), name)

    def test_all_numbers_are_settings(self):
        accounts = self.make_cards()
        self.company.write(
            {
                "hospital_balance_topup_days": 61,
                "hospital_balance_emergency_days": 6,
                "hospital_balance_spend_days": 52,
            }
        )
        for name, expected in (
            ("61 days ago is too long ago", True),
            ("spent 53 days ago is within", True),
            ("spent 52 days ago", False),
            ("emergency 7 days ago is within", True),
            ("emergency 6 days ago", False),
        ):
            self.assertEqual(accounts[name].is_balance_due, expected, name)

    def test_another_today(self):
        """Tomorrow another card falls out at one end and one comes in at the other."""
        accounts = self.make_cards()
        tomorrow = self.company._hospital_today() + timedelta(days=1)
        query = self.env["hospital.account"]._balance_screen_query(self.company, today=tomorrow)
        due = {row[0] for row in self.env.execute_query(query)}
        self.assertNotIn(accounts["60 days ago is within"].id, due)
        self.assertIn(accounts["spent 53 days ago is within"].id, due)
        self.assertIn(accounts["emergency 7 days ago is within"].id, due)

    def test_the_same_as_reckoned_otherwise(self):
        """Random cards, and a reckoning by another road: day numbers in Python."""
        draw = random.Random(20260302)
        expected = self.env["hospital.account"]
        cards = self.env["hospital.account"]
        for number in range(60):
            patient = self.env["hospital.patient"].create({"name": f"随机{number}", "sex": "2"})
            account = self.new_account(patient)
            cards |= account
            topups = [(draw.choice(("wechat", "alipay", "cash")), draw.randrange(55, 66)) for _n in range(2)]
            for channel, days in topups:
                self.shift(self.topup(100, channel, account, far=False), days)
            spent = draw.choice((None, draw.randrange(50, 56)))
            if spent is not None:
                self.spend(10, account, 0)
                self.env.flush_all()
                self.env.cr.execute("ALTER TABLE hospital_account_entry DISABLE TRIGGER USER")
                self.env.cr.execute(
                    SQL(
                        "UPDATE hospital_account_entry SET day = %s WHERE account_id = %s AND kind = 'spend'",
                        self.company._hospital_today() - timedelta(days=spent),
                        account.id,
                    )
                )
                self.env.cr.execute("ALTER TABLE hospital_account_entry ENABLE TRIGGER USER")
            emergency = draw.choice((None, None, draw.randrange(5, 10)))
            if emergency is not None:
                self.visit(patient, emergency, "finished")
            if (
                any(channel != "cash" and days <= 60 for channel, days in topups)
                and (spent is None or spent > 53)
                and (emergency is None or emergency > 7)
            ):
                expected |= account
        found = self.env["hospital.account"].search([("is_balance_due", "=", True), ("id", "in", cards.ids)])
        self.assertEqual(found, expected.sorted("id", reverse=True))
        self.assertTrue(expected)

    # === THE BATCH ===

    def batch(self, count=3, role="clerk", amount=100):
        accounts = self.env["hospital.account"]
        for number in range(count):
            patient = self.env["hospital.patient"].create({"name": f"批{number}", "sex": "1"})
            account = self.new_account(patient)
            self.topup(amount, "wechat", account)
            accounts |= account
        batch = self.env["hospital.refund.batch"].browse(self.as_(role, accounts).action_balance_batch()["res_id"])
        return accounts, batch

    @proves("S3-12.2")
    def test_gathered_confirmed_and_run(self):
        accounts, batch = self.batch()
        self.topup(50, account=accounts[0])  # cash stays on the card
        with self.assertRaisesRegex(UserError, "prepared this batch|Only refund approvers"):
            self.as_("clerk", batch).action_confirm()
        action = self.as_("approver", batch).action_confirm()
        self.assertEqual((action["tag"], action["params"]["total"]), ("hospital_progress", 3))
        self.assertEqual(self.as_("approver", batch).run_next()["left"], 0)
        self.assertEqual((batch.state, batch.sent_count), ("done", 3))
        self.assertEqual(accounts.mapped("balance"), [50, 0, 0])
        self.settle_refunds()
        refunds = batch.line_ids.refund_ids
        self.assertEqual(set(refunds.mapped("state")), {"done"})
        self.assertEqual(set(refunds.mapped("requested_by_id.login")), {"refund_clerk"})
        self.assertEqual(set(refunds.mapped("approved_by_id.login")), {"refund_approver"})
        self.assertEqual((batch.done_total, len(self.far_refunds())), (300, 3))
        for account in accounts:
            self.assert_books(account)

    def test_nobody_confirms_what_he_prepared(self):
        _accounts, batch = self.batch(role="approver")
        own = self.as_("approver", batch)
        self.assertIn("prepared this batch yourself", own.why_not_confirm)
        with self.assertRaisesRegex(UserError, "prepared this batch yourself"):
            own.action_confirm()
        self.as_("approver2", batch).action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed or cancelled already"):
            self.as_("manager2", batch).action_confirm()

    def test_run_twice_is_nothing_twice(self):
        accounts, batch = self.batch(5)
        self.as_("approver", batch).action_confirm()
        for _time in range(3):
            self.as_("approver", batch).run_next()
        self.settle_refunds()
        self.assertEqual(len(self.far_refunds()), 5)
        self.assertEqual(len(batch.line_ids.refund_ids), 5)
        self.assertEqual(sum(accounts.mapped("balance")), 0)

    def test_broken_off_at_every_step(self):
        """The server dies after any number of steps; what was committed stays, the rest is done later."""
        accounts, batch = self.batch(4)
        self.as_("approver", batch).action_confirm()
        lines = self.registry["hospital.refund.batch.line"]
        steps = ("_refund", "_carry_out")
        for step in steps:
            original = getattr(lines, step)

            def die(line, original=original):
                original(line)
                raise RuntimeError("the server dies")

            with patch.object(lines, step, die), self.assertRaises(RuntimeError), self.env.cr.savepoint():
                self.as_("approver", batch)._run_some(limit=2)
            self.env.invalidate_all()
            self.assertFalse(batch.line_ids.refund_ids, "nothing of it is left over")
        self.as_("approver", batch)._run_some(limit=2)
        self.assertEqual((batch.state, len(batch.line_ids.refund_ids)), ("running", 2))
        batch.sudo().worked_at = fields.Datetime.now() - timedelta(minutes=10)
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_args, **_options: 1):
            self.env["hospital.refund.batch"]._cron_run()
        self.assertEqual((batch.state, len(batch.line_ids.refund_ids)), ("done", 4))
        self.settle_refunds()
        self.assertEqual(len(self.far_refunds()), 4)
        self.assertEqual(sum(accounts.mapped("balance")), 0)

    def test_what_changed_since_it_was_gathered(self):
        accounts, batch = self.batch(3)
        self.spend(10, accounts[0])
        self.visit(accounts[1].patient_id, 0, "registered")
        self.as_("approver", batch).action_confirm()
        self.as_("approver", batch).run_next()
        states = {line.account_id: (line.state, bool(line.note)) for line in batch.line_ids}
        self.assertEqual(
            states, {accounts[0]: ("skipped", True), accounts[1]: ("skipped", True), accounts[2]: ("sent", False)}
        )
        self.assertEqual(accounts.mapped("balance"), [90, 100, 0])

    def test_left_out_by_hand(self):
        accounts, batch = self.batch(2)
        line = self.as_("clerk", batch.line_ids.filtered(lambda line: line.account_id == accounts[0]))
        line.action_exclude()
        self.as_("approver", batch).action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed"):
            line.action_include()
        self.as_("approver", batch).run_next()
        self.assertEqual(accounts.mapped("balance"), [100, 0])

    def test_a_large_balance_waits_for_the_second_approval(self):
        accounts, batch = self.batch(1, amount=6000)
        self.as_("approver", batch).action_confirm()
        self.as_("approver", batch).run_next()
        refund = batch.line_ids.refund_ids
        self.assertEqual((refund.state, accounts.balance), ("requested", 6000))
        self.approve(refund, "manager2")
        self.assertEqual((refund.state, accounts.balance), ("executing", 0))

    @proves("S3-12.2")
    def test_the_detail_on_paper_and_in_excel(self):
        accounts, batch = self.batch(2)
        self.as_("approver", batch).action_confirm()
        self.as_("approver", batch).run_next()
        report = self.env["ir.actions.report"].with_user(self.users["approver"])
        for copy in (False, True):
            pdf, _kind = report._render_qweb_pdf("hospital_payment.report_hospital_refund_batch", batch.ids)
            text = "".join(Printed(pdf).texts)
            for wanted in (batch.number, accounts[0].card_id.number, batch.line_ids[0].refund_ids.number, "200.00"):
                self.assertIn(wanted, text)
            self.assertEqual("Printno.2" in text, copy)
        name, content = self.as_("clerk", batch)._xlsx_file()
        self.assertTrue(name.endswith(".xlsx"))
        self.assertGreater(len(content), 4000)

    # === SELF-SERVICE ===

    @proves("S3-12.3")
    def test_less_than_the_last_topup(self):
        refunds = self.as_("partner", self.env["hospital.refund"])
        self.topup(200, "wechat", days_ago=3)
        self.topup(100, "alipay")
        self.spend(150)  # 150 are left, more than the last top-up
        self.assertIn("less than the last top-up", refunds._self_offer(self.account)["why_not"])
        self.spend(50)  # 100: as much as the last one
        with self.assertRaisesRegex(UserError, "less than the last top-up"):
            refunds._self_service(self.account)
        self.spend(0.01)
        self.assertEqual(refunds._self_offer(self.account)["amount"], 99.99)
        refund = refunds._self_service(self.account)
        self.assertEqual((refund.source, refund.is_automatic, refund.place), ("self", True, "kiosk"))
        self.settle_refunds()
        self.assertEqual((refund.sudo().state, self.account.balance), ("done", 0))
        self.assertEqual(refund.sudo().line_ids.order_id.channel_id.code, "alipay")
        with self.assertRaisesRegex(UserError, "no money"):
            refunds._self_service(self.account)
        self.assert_books()

    def test_not_by_self_service(self):
        refunds = self.as_("partner", self.env["hospital.refund"])
        self.topup(100)
        self.spend(10)
        self.assertIn("cash desk", refunds._self_offer(self.account)["why_not"], "cash goes back at the desk")
        account = self.new_account()
        self.topup(100, "wechat", account)
        self.spend(10, account)
        self.company.hospital_self_refund = False
        with self.assertRaisesRegex(UserError, "switched off"):
            refunds._self_service(account)

    @proves("S3-12.4")
    def test_the_report(self):
        refunds = self.as_("partner", self.env["hospital.refund"])
        for channel, amount in (("wechat", 90), ("alipay", 80)):
            account = self.new_account()
            self.topup(100, channel, account)
            self.spend(100 - amount, account)
            refunds._self_service(account)
        self.deliver_all()  # Alipay says done at once
        report = self.as_("clerk", self.env["hospital.refund.self.report"]).create({"campus_id": self.campus.id})
        self.assertEqual((report.refund_count, report.amount_total, report.done_total), (2, 170, 80))
        report.channel_id = self.channels["wechat"]
        self.assertEqual((report.refund_count, report.amount_total, report.done_total), (1, 90, 0))
        report.write({"channel_id": False, "state": "done"})
        self.assertEqual(report.refund_count, 1)
        action = report.action_show()
        self.assertEqual(self.env["hospital.refund"].search_count(action["domain"]), 1)
        report.state = False
        [sheet] = report._xlsx_sheets()
        self.assertEqual((len(sheet.rows), sum(row[9] for row in sheet.rows)), (2, 170))
        yesterday = self.company._hospital_today() - timedelta(days=1)
        report.write({"date_from": yesterday, "date_to": yesterday})
        self.assertFalse(report.refund_count)
        self.assertTrue(report._xlsx_file()[1])
