from odoo import Command
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.roles_common import RoleCase

ROLES = "registrar cashier finance finance_manager doctor nurse pharmacist gcp it auditor plain".split()
TABLE = """
                              registrar  cashier  finance  manager  doctor  nurse  pharmacist  gcp  it    auditor  plain
hospital.refund               -          r        r        r        -       -      -           -    -     r        -
hospital.refund.line          -          r        r        r        -       -      -           -    -     r        -
hospital.refund.batch         -          -        r        r        -       -      -           -    -     r        -
hospital.refund.batch.line    -          -        r        r        -       -      -           -    -     r        -
hospital.refund.wish          -          r        r        r        -       -      -           -    -     r        -
hospital.refund.wish.line     -          r        r        r        -       -      -           -    -     r        -
hospital.refund.reason        -          r        r        rcwu     -       -      -           -    rcwu  r        -
"""
PRIVATE = ("_approve", "_step", "_make_executable", "_pay_out_desk", "_request", "_refund_order")


@tagged("post_install", "-at_install", "slow")
class TestRefundRoles(RoleCase):
    """Each demo user logs in with his password and tries by RPC what his screen does not offer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier = cls.env["res.users"].search([("login", "=", "cashier")])
        campus = cls.cashier.hospital_campus_id
        cls.env.company.hospital_refund_second_limit = 1000
        patient = cls.env["hospital.patient"].create({"name": "角色测试", "sex": "1"})
        card = cls.env["hospital.card"].create({"patient_id": patient.id, "number": "339990001234"})
        cls.account = cls.env["hospital.account"]._for_card(card, campus)
        order = (
            cls.env["hospital.pay.order"]
            .with_user(cls.cashier)
            ._open(
                cls.account,
                "topup_card",
                cls.env.ref("hospital_payment.channel_cash"),
                100,
                "cash",
                account_id=cls.account.id,
                patient_id=patient.id,
            )
        )
        order._pay_cash()
        cls.refund = (
            cls.env["hospital.refund"]
            .with_user(cls.cashier)
            ._refund_account(cls.account, 40, cls.env.ref("hospital_payment.refund_reason_wish"))
            .sudo()
        )
        cls.batch = cls.env["hospital.refund.batch"].create(
            {"number": "RB-roles", "day": "2026-01-01", "campus_id": campus.id, "prepared_by_id": cls.cashier.id}
        )
        line = {"batch_id": cls.batch.id, "account_id": cls.account.id, "amount": 1, "balance": 1}
        cls.env["hospital.refund.batch.line"].create(line)
        other = cls.env["hospital.refund"].create(
            {"number": "R-roles", "source": "account", "campus_id": campus.id, "amount": 1, "state": "cancelled"}
        )
        cls.env["hospital.refund.line"].create(
            {"refund_id": other.id, "number": "R-roles-1", "way": "cash", "amount": 1, "state": "cancelled"}
        )
        charge = cls.env["hospital.charge"].search([("campus_id", "=", campus.id)], limit=1)
        settlements = cls.env["hospital.settlement"]
        settlement = settlements.create(settlements._prepare_settlement(charge.encounter_id, "outpatient"))
        cls.env["hospital.refund.wish"].create(
            {
                "number": "W-roles",
                "partner_number": "W-roles",
                "settlement_id": settlement.id,
                "patient_id": settlement.patient_id.id,
                "campus_id": campus.id,
                "amount": 1,
                "line_ids": [Command.create({"charge_id": charge.id, "quantity": 1})],
            }
        )
        cls.env.flush_all()

    def test_each_role_may_do_what_the_table_says(self):
        _header, *rows = TABLE.strip().splitlines()
        for role in ROLES:
            self.log_in(role)
            for row in rows:
                model, *columns = row.split()
                letters = dict(zip(ROLES, columns, strict=True))[role]
                [some] = self.env[model].search([], limit=1).ids or [0]
                for letter, operation, arguments in (
                    ("r", "read", ([some], ["id"])),
                    ("c", "create", ([{}],)),
                    ("w", "write", ([some], {})),
                    ("u", "unlink", ([some],)),
                ):
                    with self.subTest(role=role, model=model, operation=operation):
                        if letter not in letters:
                            self.refuse(model, operation, *arguments)
                        else:
                            self.assertTrue(self.ask(model, "has_access", [], operation))

    def test_what_is_private_is_not_called(self):
        for role in ("cashier", "finance", "finance_manager"):
            self.log_in(role)
            for method in PRIVATE:
                with self.subTest(role=role, method=method):
                    self.refuse("hospital.refund", method, [self.refund.id])

    def test_who_is_no_approver_decides_nothing(self):
        for role in ("cashier", "finance", "auditor", "nurse"):
            self.log_in(role)
            with self.subTest(role=role):
                self.refuse("hospital.refund", "action_approve", [self.refund.id], also="UserError")
                self.refuse("hospital.refund.batch", "action_confirm", [self.batch.id], also="UserError")
        self.env.invalidate_all()
        self.assertEqual((self.refund.state, self.batch.state, self.account.balance), ("requested", "draft", 100))

    def test_nobody_reads_another_campus(self):
        other = self.env["hospital.campus"].search([("id", "!=", self.refund.campus_id.id)], limit=1)
        self.refund.campus_id = other
        self.env.flush_all()
        self.log_in("cashier")
        self.refuse("hospital.refund", "read", [self.refund.id], ["number"])
        self.log_in("finance_manager")
        manager = self.env["res.users"].search([("login", "=", "finance_manager")])
        if other not in manager.hospital_campus_ids:
            self.refuse("hospital.refund", "action_approve", [self.refund.id], also="UserError")

    def test_a_manager_approves_what_a_cashier_asked_for(self):
        self.log_in("finance_manager")
        self.ask("hospital.refund", "action_approve", [self.refund.id])
        self.env.invalidate_all()
        self.assertEqual((self.refund.state, self.refund.approved_by_id.login), ("approved", "finance_manager"))
        self.assertEqual(self.account.balance, 60)
        self.log_in("finance")
        self.refuse("hospital.refund.payout", "create", {"refund_id": self.refund.id})
