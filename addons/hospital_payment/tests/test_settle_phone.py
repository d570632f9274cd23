from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_exchange.tools.momentary import BusyError

from .phone_common import PhoneCase


@tagged("post_install", "-at_install")
class TestSettlePhone(PhoneCase):
    """A patient pays his visit on the phone or at a machine: every call goes over HTTP, the channels are the sandbox."""

    # === WHAT IS DUE ===

    @proves("S2-2.17")
    def test_what_is_due(self):
        self.charge(self.bed_day, 1)  # of the stay: not an outpatient's
        self.charge(self.blood, 1, encounter=self.others_visit)
        data = self.answer("fees_due")
        self.assertEqual(data["due"], "31.90")
        [visit] = data["visits"]
        self.assertEqual((visit["visit_no"], visit["due"], visit["total"]), (self.outpatient.number, "31.90", "31.90"))
        self.assertEqual([(line["item"], line["amount"]) for line in visit["lines"]], [("静脉采血", "13.00"), ("阿莫西林胶囊", "18.90")])  # fmt: skip
        self.assertEqual([(share["payer_kind"], share["amount"]) for share in visit["shares"]], [("self", "31.90")])
        self.assertEqual({channel["code"] for channel in visit["channels"]}, {"wechat", "alipay"})
        self.pay(self.charges[0], self.by_cash())
        self.assertEqual(self.answer("fees_due", "self_service")["due"], "18.90")

    def test_shares_of_others_are_not_the_patients(self):
        """An addon for insurance splits the charges: the patient sees both, and pays his own part."""
        shares = patch.object(
            self.registry["hospital.settlement"],
            "_shares",
            lambda settlement: [
                {"payer_kind": "fund", "name": "统筹基金", "amount": 20.0},
                {"payer_kind": "self", "name": "个人", "amount": settlement.charge_total - 20, "sequence": 90},
            ],
        )
        self.startPatcher(shares)
        [visit] = self.answer("fees_due")["visits"]
        self.assertEqual((visit["total"], visit["due"]), ("31.90", "11.90"))
        self.assertEqual(
            [(share["payer"], share["amount"]) for share in visit["shares"]], [("统筹基金", "20.00"), ("个人", "11.90")]
        )
        self.refused("fees_pay", visit_no=visit["visit_no"], channel="wechat", amount="31.90", pay_no="A0")
        self.assert_free()
        self.scans(self.begin(amount="11.90"))
        self.assertEqual(set(self.charges.mapped("state")), {"settled"})

    # === PAYING ===

    @proves("S2-2.17", "S2-2.5")
    def test_paid_on_the_phone(self):
        for channel, platform, place in (("wechat", "mini_program", "app"), ("alipay", "self_service", "kiosk")):
            with self.subTest(channel=channel):
                charges = self.charges if channel == "wechat" else self.visit_charges()
                reply = self.begin(f"A-{channel}", channel=channel, platform=platform)
                self.assertEqual((reply["state"], reply["amount"]), ("paying", "31.90"))
                self.assertTrue(reply["qr_code"].startswith("http"), reply)
                self.assertEqual(self.state(reply, platform)["state"], "paying")
                [visit] = self.answer("fees_due")["visits"]
                self.assertEqual((visit["due"], visit["lines"][0]["being_paid"]), ("0.00", True))
                self.assertEqual(visit["begun"][0]["qr_code"], reply["qr_code"], "the code is found again")
                self.side(channel)._pay_qr(self.platforms[channel], reply["order_no"])
                if channel == "wechat":
                    self.notify(reply, channel)
                else:  # no callback comes: whoever asks finds it out
                    self.later(reply, minutes=1)
                done = self.state(reply, platform)
                self.assertEqual((done["state"], done["order_state"], bool(done["paid_at"])), ("done", "paid", True))
                self.assertEqual(set(charges.mapped("state")), {"settled"})
                settlement = self.settlement_of(reply)
                self.assertEqual((settlement.place, settlement.user_id.login), (place, f"platform_{platform}"))
                self.assertEqual((settlement.tender_ids.state, settlement.shift_id.place), ("done", place))
                self.assertFalse(self.answer("fees_due")["visits"])

    def test_some_of_the_charges(self):
        drug = self.charges[1]
        reply = self.begin(amount="18.90", charges=[{"charge_no": str(drug.id)}])
        [visit] = self.answer("fees_due")["visits"]
        self.assertEqual(visit["due"], "13.00")
        self.scans(reply)
        self.assertEqual(self.charges.mapped("state"), ["unsettled", "settled"])

    def test_from_the_card(self):
        self.put(self.account, 30)
        due = self.answer("fees_due")["visits"][0]["channels"]
        self.assertNotIn("card_account", {channel["code"] for channel in due}, "there is not enough on it")
        self.refused("fees_pay", visit_no=self.outpatient.number, channel="card_account", amount="31.90", pay_no="A0")
        self.assert_free()
        self.put(self.account, 10)
        due = self.answer("fees_due")["visits"][0]["channels"]
        self.assertIn("card_account", {channel["code"] for channel in due})
        reply = self.begin(channel="card_account")
        self.assertEqual((reply["state"], reply.get("order_no") or ""), ("done", ""))
        self.assertEqual((self.account.balance, set(self.charges.mapped("state"))), (8.1, {"settled"}))

    @proves("S2-2.17")
    def test_a_double_click_pays_once(self):
        first = self.begin("A1")
        again = self.begin("A1")
        self.assertEqual(first, again, "another call under the same number of the payment")
        self.assertEqual(first["qr_code"], again["qr_code"])
        path = {"visit_no": self.outpatient.number, "channel": "wechat", "amount": "31.90", "pay_no": "A1"}
        same = self.call("fees_pay", number="CALL", **path)
        self.assertEqual(self.call("fees_pay", number="CALL", **path), same, "the same call once more")
        self.assertEqual(len(self.env["hospital.settlement"].search([("encounter_id", "=", self.outpatient.id)])), 1)
        self.assertEqual(len(self.env["hospital.pay.order"].search([("encounter_id", "=", self.outpatient.id)])), 1)
        for other in ({"amount": "13.00"}, {"channel": "alipay"}, {"visit_no": "X"}):
            self.assertIn("pay_no", self.refused("fees_pay", **{**path, **other}))
        self.scans(first)
        self.assertEqual(self.begin("A1")["state"], "done", "pressed once more when all is over")

    @proves("S2-2.17")
    def test_two_devices(self):
        """Phone and machine for the same visit: the second one is told, and may end the first one's."""
        reply = self.begin("A1")
        path = {"visit_no": self.outpatient.number, "channel": "alipay", "amount": "31.90", "pay_no": "B1"}
        sentence = self.refused("fees_pay", "self_service", **path)
        self.assertIn(reply["settlement_no"], sentence)
        [visit] = self.answer("fees_due", "self_service")["visits"]
        self.assertEqual(visit["begun"][0]["settlement_no"], reply["settlement_no"])
        given_up = self.answer("fees_give_up", "self_service", settlement_no=reply["settlement_no"])
        self.assertEqual(given_up["state"], "closed")
        self.assertEqual(self.record("wechat", reply["order_no"]).data["state"], "CLOSED")
        self.assert_free()
        self.assertEqual(self.begin("B1", platform="self_service", channel="alipay")["state"], "paying")

    def test_the_cash_desk_is_told(self):
        reply = self.begin()
        with self.assertRaisesRegex(UserError, "are being paid in"):
            self.pay(self.charges, self.by_cash())
        settlement = self.settlement_of(reply)
        with self.assertRaisesRegex(UserError, "begun on a phone"):
            self.desk().pay_more(settlement.id, [self.by_cash()])
        self.assertEqual(self.desk().open_patient(self.patient.id)["visit"]["begun"]["place"], "app")

    def test_while_the_cash_desk_takes_it(self):
        self.pay(self.charges, self.by_phone(31.9, "qr"))
        sentence = self.refused(
            "fees_pay", visit_no=self.outpatient.number, channel="wechat", amount="31.90", pay_no="A1"
        )
        self.assertIn("cash desk", sentence)
        [visit] = self.answer("fees_due")["visits"]
        self.assertEqual((visit["begun"][0]["place"], visit["begun"][0]["qr_code"] or ""), ("window", ""))

    # === NOT PAID ===

    def test_given_up(self):
        reply = self.begin()
        self.assertEqual(self.answer("fees_give_up", pay_no="A1")["state"], "closed")
        self.assertEqual(self.answer("fees_give_up", pay_no="A1")["state"], "closed", "twice is harmless")
        self.assert_free()
        self.assertEqual(self.state(reply)["state"], "closed")
        self.scans(self.begin("A2"))
        self.assertEqual(set(self.charges.mapped("state")), {"settled"})
        self.assertIn("cash desk", self.refused("fees_give_up", pay_no="A2"))

    def test_paid_in_the_moment_it_is_given_up(self):
        reply = self.begin()
        self.side("wechat")._pay_qr(self.platforms["wechat"], reply["order_no"])
        self.assertEqual(self.answer("fees_give_up", pay_no="A1")["state"], "done", "what is paid stays paid")
        self.assertEqual(set(self.charges.mapped("state")), {"settled"})

    def test_the_line_is_cut_when_it_is_given_up(self):
        self.begin()
        self.play(self.interface("wechat", "close"), "lose_before", times=1)
        self.assertIn("not said yet", self.past_the_door("fees_give_up", pay_no="A1"))
        self.assertEqual(self.past_the_door("fees_give_up", pay_no="A1")["state"], "closed")
        self.assert_free()

    @proves("S2-2.17")
    def test_nobody_pays(self):
        """The code runs out: closed at the channel, and the charges are free, without anybody."""
        for channel in ("wechat", "alipay"):
            for asks in (False, True):
                with self.subTest(channel=channel, asks=asks):
                    reply = self.begin(f"A-{channel}{asks}", channel=channel)
                    self.later(reply, minutes=10)
                    if asks:
                        self.state(reply)
                    else:
                        self.follow_up()
                    self.assertEqual(self.state(reply)["state"], "closed")
                    self.assert_free()
                    self.assertFalse(self.order_of(reply).is_attention)

    def test_no_code_to_pay(self):
        """The channel says no, or its answer is lost: the charges do not stay behind."""
        self.play(self.interface("wechat", "pay_qr"), "refuse", times=1, words="商户号已停用")
        visit = {"visit_no": self.outpatient.number, "channel": "wechat", "amount": "31.90"}
        self.assertIn("商户号已停用", self.past_the_door("fees_pay", **visit, pay_no="A1"))
        self.assert_free()
        self.assertEqual(self.begin("A1")["state"], "closed", "under the same number it stays closed")
        self.play(self.interface("wechat", "pay_qr"), "lose_after", times=1)
        self.assertIsInstance(self.past_the_door("fees_pay", **visit, pay_no="A2"), str)
        reply = self.begin("A2")
        self.assertTrue(reply["qr_code"], "the same press once more finds the same order")
        self.scans(reply)
        self.assertEqual(set(self.charges.mapped("state")), {"settled"})

    def test_the_process_dies_before_there_is_a_code(self):
        """The order was committed and nobody ever saw a code: the charges are free again by themselves."""
        died = patch.object(self.registry["hospital.pay.order"], "_pay_qr", side_effect=SystemExit)
        with died, suppress(SystemExit):
            self.past_the_door(
                "fees_pay", visit_no=self.outpatient.number, channel="wechat", amount="31.90", pay_no="A1"
            )
        settlement = self.env["hospital.settlement"].search([("encounter_id", "=", self.outpatient.id)])
        order = settlement.tender_ids.order_id
        self.assertEqual((settlement.state, order.state), ("paying", "created"))
        self.later({"order_no": order.number}, minutes=11)
        self.follow_up()
        self.assertEqual((settlement.state, order.state), ("cancelled", "closed"))
        self.assert_free()

    def test_the_end_of_an_order_waits_for_who_is_at_the_settlement(self):
        reply = self.begin()
        order, settlement = self.order_of(reply), self.settlement_of(reply)
        self.later(reply, minutes=10)
        busy = patch.object(self.registry["hospital.settlement"], "_lock", side_effect=BusyError("busy"))
        with busy:
            self.follow_up()
        self.assertEqual((order.state, settlement.state, bool(order.next_check_at)), ("closed", "paying", True))
        self.later(reply, minutes=1)
        self.follow_up()
        self.assertEqual((settlement.state, bool(order.next_check_at)), ("cancelled", False))
        self.assert_free()

    # === PAID TOO LATE ===

    @proves("S2-2.17", "S2-7.4")
    def test_paid_after_the_desk_settled_the_same_charges(self):
        reply = self.begin()
        settlement = self.settlement_of(reply)
        self.desk().drop(settlement.id)
        self.env.invalidate_all()
        self.desk().abandon(settlement.id)
        self.pay(self.charges, self.by_cash())
        record = self.record("wechat", reply["order_no"])
        self.side("wechat")._pay(record)  # the channel took it all the same
        self.notify(reply)
        self.follow_up()
        order = self.order_of(reply)
        self.assertEqual((order.state, order.business_state), ("paid", "failed"))
        data = self.state(reply)
        self.assertEqual((data["state"], data["going_back"], data["gone_back"]), ("closed", "31.90", "0.00"))
        self.refund_to_the_end(order)
        self.assertEqual((order.refunded_amount, order.is_attention), (31.9, False))
        self.assertEqual(self.state(reply)["gone_back"], "31.90")
        self.assertEqual(self.record("wechat", reply["order_no"]).data["refunded"], 3190)
        settled = self.env["hospital.settlement"].search([("encounter_id", "=", self.outpatient.id), ("state", "=", "done")])  # fmt: skip
        self.assertEqual((len(settled), settled.due_total), (1, 31.9))

    def test_the_charges_are_taken_back_while_he_pays(self):
        reply = self.begin()
        self.charges[0]._reverse(None, "test")
        self.scans(reply)
        self.follow_up()
        order = self.order_of(reply)
        self.assertEqual((order.state, order.business_state), ("paid", "failed"))
        self.refund_to_the_end(order)
        self.assertEqual(order.refunded_amount, 31.9)
        self.assertEqual(self.charges.mapped("state"), ["reversed", "unsettled"])

    # === WHO MAY ===

    @proves("S2-2.17")
    def test_another_patients_visit_is_as_good_as_none(self):
        self.charge(self.blood, 1, encounter=self.others_visit)
        pay = {"channel": "wechat", "amount": "6.50", "pay_no": "A1"}
        others = self.refused("fees_pay", visit_no=self.others_visit.number, **pay)
        self.assertEqual(others, self.refused("fees_pay", visit_no="MZ00000000", **pay))
        charge = self.others_visit.charge_ids
        foreign = [{"charge_no": str(charge.id)}]
        nobodys = [{"charge_no": "999999999"}]
        sentences = {
            self.refused("fees_pay", visit_no=self.outpatient.number, **pay, charges=wrong)
            for wrong in (foreign, nobodys, [{"charge_no": "１"}], [{"charge_no": "x"}])
        }
        self.assertEqual(len(sentences), 1, sentences)
        stay = self.refused("fees_pay", visit_no=self.inpatient.number, **pay)
        self.assertEqual(stay, others, "a stay is settled at the cash desk")
        self.assertFalse(self.answer("fees_due", visit_no=self.others_visit.number)["visits"])
        self.assertFalse(self.env["hospital.settlement"].search([("patient_id", "=", self.stranger.id)]))

    def test_another_patients_payment_is_as_good_as_none(self):
        reply = self.begin()
        others = self.env["hospital.card"].create({"patient_id": self.stranger.id, "number": "3399777777"})
        him = {"card_no": others.number, "patient_name": self.stranger.name}
        for operation in ("fees_pay_state", "fees_give_up"):
            sentence = self.refused(operation, **him, settlement_no=reply["settlement_no"])
            self.assertEqual(sentence, self.refused(operation, **him, settlement_no="S0"))
            self.assertEqual(sentence, self.refused(operation, **him, pay_no="A1"))
            self.refused(operation, **him, pay_no="")
        self.assertEqual(self.state(reply)["state"], "paying")

    def test_only_for_the_holder_of_the_card_and_only_platforms(self):
        pay = {"visit_no": self.outpatient.number, "channel": "wechat", "amount": "31.90", "pay_no": "A1"}
        for operation, payload in (("fees_due", {}), ("fees_pay", pay), ("fees_give_up", {"pay_no": "A1"})):
            for wrong in ({"patient_name": "李四"}, {"card_no": "3300000000"}):
                self.refused(operation, **{**payload, **wrong})
        self.assert_free()
        interface = self.env.ref("hospital_payment.interface_mini_program_fees_pay")
        with self.assertRaises(AccessError):
            self.env["hospital.settlement"].with_user(self.cashier)._receive_fees_pay(
                interface, {"card_no": "x", **pay}
            )

    def test_what_cannot_be_meant(self):
        visit = {"visit_no": self.outpatient.number, "channel": "wechat", "amount": "31.90", "pay_no": "A1"}
        for wrong in (
            {"amount": "31.905"},
            {"amount": "-31.90"},
            {"amount": "0"},
            {"amount": "99999999999999"},
            {"channel": "cash"},
            {"channel": "bitcoin"},
            {"channel": "unionpay"},
            {"pay_no": "  "},
        ):
            sentence = self.refused("fees_pay", **{**visit, **wrong})
            self.assertTrue(sentence.rstrip().endswith("."), sentence)
        for wrong in ({"amount": ""}, {"amount": "1e20"}, {"amount": "3x"}, {"visit_no": None}, {"card_no": ""}):
            self.refused("fees_pay", code="schema", **{**visit, **wrong})
        self.assert_free()
        self.assertFalse(self.env["hospital.pay.order"].search([("encounter_id", "=", self.outpatient.id)]))
        self.assertEqual(self.begin(amount="３１.９０")["amount"], "31.90", "full width is the same number")

    def test_a_closed_visit_of_long_ago(self):
        older = self.new_encounter("outpatient", registered_at=self.now - timedelta(days=40))
        self.charge(self.blood, 1, encounter=older)
        self.assertEqual(self.answer("fees_due")["due"], "38.40")
        self.assertEqual(self.answer("fees_due", visit_no=older.number)["due"], "6.50")
        today = str(self.env.company._hospital_today())
        self.assertEqual(self.answer("fees_due", date_from=today)["due"], "31.90")
