import io
import random
from datetime import timedelta

import psycopg2
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from openpyxl import load_workbook

from odoo.addons.hospital_base.tests.pdf import Printed

from .settle_common import SettleCase


@tagged("post_install", "-at_install")
class TestSettleShift(SettleCase):
    def setUp(self):
        super().setUp()
        self.shift = self.shift_of()

    def refused(self, words, step, error=UserError):
        with self.assertRaisesRegex(error, words), self.cr.savepoint():
            step()

    def count(self, shift=None, user=None, **pieces):
        """Count as the cashier; pieces by denomination, p100=3."""
        shift = (shift or self.shift).with_user(user or self.cashier)
        for name, number in pieces.items():
            value = {"p05": 0.5, "p01": 0.1}.get(name) or float(name[1:])
            shift.count_ids.filtered(lambda row, value=value: row.denomination == value).pieces = number
        shift.action_count()

    def close(self, shift=None):
        (shift or self.shift).with_user(self.manager).action_close()

    def totals(self, shift=None):
        """{(section, channel or category or payer, business): (number, amount)}"""
        return {
            (
                line.section,
                line.channel_id.code or line.category_id.code or line.payer_kind or "",
                line.business or "",
            ): (line.count, line.amount)
            for line in (shift or self.shift).line_ids
        }

    # === TOTALS ===

    def test_totals_are_those_of_the_ledger(self):
        account = self.new_card_account(10)
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_account(account, 10), self.by_pos(5), self.by_cash(20))
        self.pay(self.visit_charges((self.blood, 1)), self.by_cash(), user=self.other_cashier)
        settlement.with_user(self.cashier)._refund_lines({charges[0].id: 1}, "x")
        self.shift._refresh()
        lab, drug = self.blood.hospital_charge_category_id.code, self.drug.hospital_charge_category_id.code
        self.assertEqual(
            self.totals(),
            {
                ("1_in", "bank_card", "settlement"): (1, 5),
                ("1_in", "cash", "settlement"): (1, 16.9),
                ("3_account", "card_account", "settlement"): (1, 10),
                ("4_payer", "self", ""): (2, 25.4),
                ("5_charge", lab, ""): (2, 6.5),
                ("5_charge", drug, ""): (1, 18.9),
                ("7_owed", "", ""): (1, 6.5),
            },
        )
        self.assertRecordValues(
            self.shift, [{"taken_total": 21.9, "given_total": 0, "settled_total": 25.4, "cash_expected": 16.9}]
        )
        labels = self.shift.line_ids.mapped("label")
        self.assertIn("Cash · Settlement", labels)
        self.assertIn("Patient", labels)

    def test_random_days_add_up(self):
        """Two cashiers, eighty steps: every shift's totals are what an own reckoning over the documents says."""
        draw = random.Random(11)
        users = (self.cashier, self.other_cashier)
        expected = {user: {"cash": 0.0, "pos": 0.0, "charged": 0.0, "owed": 0.0} for user in users}
        done = []
        for _step in range(80):
            user = draw.choice(users)
            own = expected[user]
            if done and draw.random() < 0.3:
                settlement, charges = done.pop(draw.randrange(len(done)))
                if draw.random() < 0.5:
                    back = settlement.with_user(user)._cancel("x")
                else:
                    back = settlement.with_user(user)._refund_lines({charges[0].id: 1}, "x")
                own["owed"] += -back.due_total
                own["charged"] += back.charge_total
                continue
            charges = self.visit_charges((self.blood, draw.randint(1, 5)), (self.gauze, draw.randint(1, 9)))
            total = round(sum(charges.mapped("amount")), 2)
            pos = round(draw.choice((0, total, total / 2)), 2)
            tenders = ([self.by_pos(pos)] if pos else []) + ([self.by_cash()] if pos < total else [])
            done.append((self.pay(charges, *tenders, user=user), charges))
            own["pos"] += pos
            own["cash"] += total - pos
            own["charged"] += total
        for user in users:
            shift = self.shift_of(user)
            shift._refresh()
            sums = {}
            for line in shift.line_ids:
                key = {"cash": "cash", "bank_card": "pos"}.get(line.channel_id.code) or {
                    "5_charge": "charged",
                    "7_owed": "owed",
                }.get(line.section)
                sums[key] = sums.get(key, 0) + line.amount
            for key, amount in expected[user].items():
                self.assertAlmostEqual(sums.get(key, 0), amount, 2, f"{user.login} {key}")

    def test_done_refund_lines_are_given_back(self):
        self.env.company.hospital_refund_free_limit = 100  # small sums need no approval and are handed out at once
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        settlement.with_user(self.cashier)._refund_lines({charges[0].id: 2}, "x")
        self.assertRecordValues(settlement.refund_ids, [{"state": "done", "amount": 13}])
        self.shift._refresh()
        self.assertEqual(self.totals()["2_out", "cash", "settlement_back"], (1, 13))
        self.assertRecordValues(
            self.shift, [{"given_total": 13, "cash_given": 13, "cash_expected": 18.9, "taken_total": 31.9}]
        )

    # === STEPS ===

    def test_open_count_close(self):
        self.env.company.hospital_shift_float = 0
        self.shift.with_user(self.cashier).float_amount = 100
        self.pay(self.visit_charges(), self.by_cash(50))
        self.count(p100=1, p20=1, p10=1, p1=1, p05=1, p01=4)
        self.assertRecordValues(
            self.shift,
            [
                {
                    "state": "counted",
                    "cash_expected": 131.9,
                    "cash_counted": 131.9,
                    "difference": 0,
                    "cash_to_hand_in": 31.9,
                    "counted_by_id": self.cashier.id,
                }
            ],
        )
        self.close()
        self.assertRecordValues(self.shift, [{"state": "closed", "supervisor_id": self.manager.id}])

    def test_a_difference_is_explained(self):
        self.pay(self.visit_charges(), self.by_cash())
        self.refused("explain the difference", lambda: self.count(p10=3))
        self.shift.with_user(self.cashier).difference_note = "给错零钱"
        self.count(p10=3)
        self.assertEqual(self.shift.difference, -1.9)

    def test_maker_is_not_checker(self):
        chief = self.manager
        chief.group_ids = [fields.Command.link(self.env.ref("hospital_base.group_hospital_cashier").id)]
        own = self.shift_of(chief)
        own.with_user(chief).action_count()
        self.refused("does not close it", own.with_user(chief).action_close)
        self.count()
        self.refused("Only the finance manager", self.shift.with_user(self.cashier).action_close)
        self.refused("Only the finance manager", self.shift.with_user(self.users["finance_clerk"]).action_close)
        self.close()
        self.refused("is Shift closed", lambda: self.close())
        self.refused("Only the finance manager", lambda: self.shift.with_user(self.cashier)._reopen("x"), AccessError)
        self.refused("why", lambda: self.shift.with_user(chief)._reopen(" "))

    def test_the_supervisor_who_counted_does_not_close(self):
        self.count(user=self.manager)
        self.refused("does not close it", self.close)

    def test_reopening(self):
        self.pay(self.visit_charges(), self.by_cash())
        self.shift.with_user(self.cashier).difference_note = "x"
        self.count()
        self.close()
        wizard = (
            self.env["hospital.shift.reopen"]
            .with_user(self.manager)
            .create({"shift_id": self.shift.id, "reason": "少点一百"})
        )
        wizard.action_confirm()
        self.assertRecordValues(
            self.shift,
            [
                {
                    "state": "reopened",
                    "reopen_reason": "少点一百",
                    "reopened_by_id": self.manager.id,
                    "supervisor_id": False,
                }
            ],
        )
        self.assertTrue(any("少点一百" in (message.body or "") for message in self.shift.message_ids))
        self.count(p20=1, p10=1, p1=1, p05=1, p01=4)
        self.close()
        self.assertRecordValues(self.shift, [{"state": "closed", "difference": 0}])

    def test_count_again(self):
        self.count()
        self.shift.with_user(self.cashier).action_count_again()
        self.assertEqual(self.shift.state, "open")
        self.count()
        self.shift_of()  # a new one
        self.refused("newer shift", self.shift.with_user(self.cashier).action_count_again)
        self.refused(
            "belongs to a colleague", lambda: self.shift.with_user(self.other_cashier).action_count_again(), AccessError
        )

    def test_nothing_is_booked_on_a_shift_that_is_counted(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        self.shift.with_user(self.cashier).difference_note = "x"
        self.count()
        new = self.pay(self.visit_charges(), self.by_cash()).shift_id
        self.assertNotEqual(new, self.shift)
        self.assertEqual(new.state, "open")
        order = settlement.tender_ids.order_id
        account = self.new_card_account(5)
        for name, query, values in (
            ("order", "UPDATE hospital_pay_order SET amount = 1 WHERE id = %s", [order.id]),
            ("settlement", "UPDATE hospital_settlement SET due_total = 1 WHERE id = %s", [settlement.id]),
            ("moved", "UPDATE hospital_pay_order SET shift_id = %s WHERE shift_id = %s", [self.shift.id, new.id]),
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(psycopg2.errors.CheckViolation, "is counted"),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(query, values)
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.env["hospital.account"]._book(
                [{"account_id": account.id, "kind": "spend", "amount": -1, "shift_id": self.shift.id}]
            )
        self.assertEqual(account.balance, 5)

    def test_money_that_comes_late_falls_into_the_shift_that_is_open(self):
        settlement = self.pay(self.visit_charges(), self.by_phone(31.9, "qr"))
        order = settlement.tender_ids.order_id
        order._step("paying")
        self.shift.invalidate_recordset()
        self.assertIn("1 payments", self.shift.notice)
        self.count()
        order._step("paid", channel_number="4400")
        order._on_paid()
        self.assertEqual(settlement.state, "done")
        self.assertNotEqual(settlement.shift_id, self.shift)
        self.assertEqual((order.shift_id, settlement.shift_id.state), (settlement.shift_id, "open"))
        self.shift._refresh()
        self.assertFalse(self.shift.line_ids)

    def test_by_hand_only_counting(self):
        mine = self.shift.with_user(self.cashier)
        for step in (
            lambda: mine.write({"state": "closed"}),
            lambda: mine.write({"cash_taken": 5}),
            lambda: mine.copy(),
            lambda: mine.line_ids.create({"shift_id": mine.id, "section": "1_in", "amount": 5}),
            lambda: self.env["hospital.shift"].with_user(self.cashier).create({"user_id": self.cashier.id}),
            lambda: mine.unlink(),
            lambda: self.shift.with_user(self.other_cashier).count_ids.write({"pieces": 3}),
            lambda: self.shift.with_user(self.other_cashier).write({"float_amount": 3}),
            lambda: self.shift.with_user(self.other_cashier).action_count(),
        ):
            self.refused("", step, AccessError)
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            mine.count_ids[0].pieces = -1
            self.env.flush_all()
        self.count()
        for step in (
            lambda: mine.write({"float_amount": 5}),
            lambda: mine.count_ids[0].write({"pieces": 5}),
            lambda: mine.count_ids.create({"shift_id": mine.id, "denomination": 3}),
        ):
            self.refused("is Counted", step)

    def test_campuses_are_apart(self):
        self.assertFalse(self.env["hospital.shift"].with_user(self.far_cashier).search([("id", "=", self.shift.id)]))
        for step in ("action_count", "action_refresh", "action_print", "action_count_again"):
            self.refused("", getattr(self.shift.with_user(self.far_cashier), step), AccessError)

    def test_a_cashier_at_two_campuses_has_two_shifts(self):
        self.cashier.hospital_campus_ids |= self.other_campus
        there = self.env["hospital.shift"]._current(user=self.cashier, campus=self.other_campus)
        self.assertNotEqual(there, self.shift)

    def test_shifts_open_by_hand_when_the_hospital_wants_it(self):
        self.env.company.hospital_shift_auto_open = False
        self.count()
        self.refused("not open", lambda: self.pay(self.visit_charges(), self.by_cash()))
        action = self.env["hospital.shift"].with_user(self.cashier).action_my_shift()
        self.assertEqual(self.pay(self.visit_charges(), self.by_cash()).shift_id.id, action["res_id"])
        self.refused(
            "Only cashiers", self.env["hospital.shift"].with_user(self.users["nurse"]).action_my_shift, AccessError
        )

    def test_shifts_of_machines_end_with_the_day(self):
        machine = self.env["hospital.shift"]._current(user=self.other_cashier, campus=self.campus, place="kiosk")
        manned = self.shift
        self.env["hospital.shift"]._cron_count_unmanned()
        self.assertEqual(machine.state, "open", "today's goes on")
        (machine | manned).sudo().opened_at = fields.Datetime.now() - timedelta(days=2)
        self.env["hospital.shift"]._cron_count_unmanned()
        self.assertEqual((machine.state, manned.state), ("counted", "open"))

    # === PAPER, EXCEL ===

    def test_print_and_excel(self):

        self.pay(self.visit_charges(), self.by_cash())
        Report = self.env["ir.actions.report"].with_user(self.cashier)
        self.assertEqual(
            self.shift.with_user(self.cashier).action_print()["report_name"], "hospital_payment.report_shift"
        )
        pdf, _kind = Report._render_qweb_pdf("hospital_payment.report_shift", self.shift.ids)
        text = Printed(pdf).text
        for wanted in (self.shift.number, "31.90", "18.90", "13.00"):
            self.assertIn(wanted, text)
        self.assertEqual(self.shift.print_count, 1)
        name, content = self.shift.with_user(self.manager)._xlsx_file()
        self.assertIn(self.shift.number, name)
        book = load_workbook(io.BytesIO(content))
        values = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        self.assertIn(31.9, values)
