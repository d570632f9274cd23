from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .phone_common import PhoneCase


@tagged("post_install", "-at_install")
class TestRefundWish(PhoneCase):
    """A patient gives back what he does not need: asked for on the phone, decided by the cash desk, back by its road."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.hospital_refund_free_limit = 1000

    def setUp(self):
        super().setUp()
        self.blood_charge, self.drug_charge = self.charges  # 2 × 6.50, 18.90
        self.reply = self.begin()
        self.scans(self.reply)
        self.assertEqual(set(self.charges.mapped("state")), {"settled"})

    def row(self, charge, quantity=None):
        return {"charge_no": str(charge.id), **({} if quantity is None else {"quantity": quantity})}

    def wishes(self):
        return self.env["hospital.refund.wish"].search([("patient_id", "=", self.patient.id)])

    def mine(self, wish=None):
        return (wish or self.wishes()).with_user(self.cashier)

    @proves("S2-2.49")
    def test_one_item_goes_back_by_its_road(self):
        [visit] = self.answer("fees")["visits"]
        self.assertEqual([line["left"] for line in visit["lines"]], ["2", "1"])
        asked = {"apply_no": "A1", "charges": [self.row(self.blood_charge, 1)], "reason": "不再需要"}
        data = self.answer("fees_refund_apply", **asked)
        self.assertEqual((data["state"], data["amount"]), ("requested", "6.50"))
        self.assertEqual(set(self.charges.mapped("state")), {"settled"}, "nothing is taken back before it is accepted")
        wish = self.wishes()
        self.mine().action_accept()
        self.assertEqual((wish.state, wish.back_id.due_total, wish.decided_by_id), ("accepted", -6.5, self.cashier))
        self.assertEqual(self.blood_charge.open_quantity, 1)
        state = self.answer("fees_refund_state", apply_no="A1")
        self.assertEqual((state["state"], state["refund_no"]), ("accepted", wish.refund_id.number))
        order = self.order_of(self.reply)
        [line] = wish.refund_id.line_ids
        self.assertEqual((line.way, line.order_id, line.amount), ("original", order, 6.5))
        self.refund_to_the_end(order)
        self.assertEqual(self.answer("fees_refund_state", apply_no="A1")["state"], "refunded")
        self.assertEqual(self.record("wechat", self.reply["order_no"]).data["refunded"], 650)
        left = {line["charge_no"]: line["left"] for line in self.answer("fees")["visits"][0]["lines"]}
        self.assertEqual(left[str(self.blood_charge.id)], "1")

    def test_above_the_limit_finance_approves(self):
        self.env.company.hospital_refund_free_limit = 0
        self.answer("fees_refund_apply", apply_no="A1", charges=[self.row(self.drug_charge)])
        self.mine().action_accept()
        refund = self.wishes().refund_id
        self.assertEqual((refund.state, refund.requested_by_id, refund.amount), ("requested", self.cashier, 18.9))

    @proves("S2-2.49")
    def test_rejected_with_words_the_patient_reads(self):
        self.answer("fees_refund_apply", apply_no="A1", charges=[self.row(self.drug_charge)])
        with self.assertRaises(UserError):
            self.mine()._reject("  ")
        reject = self.env["hospital.refund.wish.reject"].with_user(self.cashier)
        reject.create({"wish_id": self.wishes().id, "reason": "药品已发出，请先退药"}).action_confirm()
        state = self.answer("fees_refund_state", apply_no="A1")
        self.assertEqual((state["state"], state["decision"]), ("rejected", "药品已发出，请先退药"))
        with self.assertRaisesRegex(UserError, "decided already"):
            self.mine().action_accept()
        self.answer("fees_refund_apply", apply_no="A2", charges=[self.row(self.drug_charge)])
        self.assertEqual(self.drug_charge.open_quantity, 1)

    def test_asked_once(self):
        asked = {"apply_no": "A1", "charges": [self.row(self.drug_charge)]}
        first = self.call("fees_refund_apply", number="CALL", **asked)
        self.assertEqual(self.call("fees_refund_apply", number="CALL", **asked), first, "the same call again")
        self.refused("fees_refund_apply", **asked)
        self.assertIn(first["data"]["wish_no"], self.refused("fees_refund_apply", **{**asked, "apply_no": "A2"}))
        self.assertEqual(len(self.wishes()), 1)

    def test_only_what_is_left_and_his_own(self):
        mine = self.row(self.drug_charge)
        self.charge(self.blood, 1, encounter=self.others_visit)
        foreign = self.others_visit.charge_ids
        self.pay(foreign, self.by_cash())
        unpaid = self.visit_charges((self.blood, 1))
        sentences = {
            self.refused("fees_refund_apply", apply_no="A1", charges=[mine, row])
            for row in (self.row(foreign), self.row(unpaid), {"charge_no": "999999999"}, {"charge_no": "x"})
        }
        self.assertEqual(len(sentences), 1, "another's charge is as good as none")
        for quantity in (2, -1, 0, 0.3333333333, 1e9):
            self.refused("fees_refund_apply", apply_no="A1", charges=[self.row(self.drug_charge, quantity)])
        self.refused("fees_refund_apply", apply_no="A1", charges=[mine, mine])
        for wrong in ({"charges": []}, {"charges": "x"}, {"charges": [{"charge_no": ""}]}, {"apply_no": ""}):
            self.refused("fees_refund_apply", code="schema", **{"apply_no": "A1", "charges": [mine], **wrong})
        self.pay(unpaid, self.by_cash())
        self.assertIn(
            "different times", self.refused("fees_refund_apply", apply_no="A1", charges=[mine, self.row(unpaid)])
        )
        stranger = self.env["hospital.card"].create({"patient_id": self.stranger.id, "number": "3399777777"})
        him = {"card_no": stranger.number, "patient_name": self.stranger.name}
        self.assertEqual(self.refused("fees_refund_apply", apply_no="A1", charges=[mine], **him), sentences.pop())
        self.answer("fees_refund_apply", apply_no="A1", charges=[mine])
        self.refused("fees_refund_state", apply_no="A1", **him)
        self.refused("fees_refund_state", "self_service", apply_no="A1")
        self.assertEqual(len(self.wishes()), 1)

    def test_taken_back_at_the_desk_meanwhile(self):
        self.answer("fees_refund_apply", apply_no="A1", charges=[self.row(self.drug_charge)])
        settlement = self.settlement_of(self.reply)
        settlement.with_user(self.cashier)._refund_lines({self.drug_charge.id: 1}, "x")
        with self.assertRaises(UserError):
            self.mine().action_accept()
        self.assertEqual(self.wishes().state, "requested")
        self.mine()._reject("已在窗口办理")
        self.assertEqual(settlement.paid_back_total, 18.9)

    def test_who_decides(self):
        self.answer("fees_refund_apply", apply_no="A1", charges=[self.row(self.drug_charge)])
        wish = self.wishes()
        for user in (self.users["finance_clerk"], self.users["auditor"], self.far_cashier, self.users["nurse"]):
            for step in (lambda wish: wish.action_accept(), lambda wish: wish._reject("x")):
                with self.assertRaises(AccessError):
                    step(wish.with_user(user))
        with self.assertRaises(AccessError):
            wish.with_user(self.cashier).write({"state": "accepted"})
        with self.assertRaises(AccessError):
            wish.with_user(self.cashier)._receive_fees_refund_state(
                self.env.ref("hospital_payment.interface_mini_program_fees_refund_state"),
                {"apply_no": "A1", "card_no": "x"},
            )
        with self.assertRaises(UserError):
            wish.unlink()
        self.assertEqual(wish.state, "requested")
