from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.roles_common import RoleCase

ROLES = "cashier finance finance_manager nurse registrar doctor pharmacist it auditor plain".split()

# who may read, create, write, unlink; one column per role in the order above
TABLE = """
hospital.pay.channel     r     r     rcw   r     r     -     -     rcwu  r     -
hospital.pay.merchant    r     r     rcw   -     -     -     -     rcwu  r     -
hospital.account         r     r     r     r     r     -     -     -     r     -
hospital.account.entry   r     r     r     -     -     -     -     -     r     -
hospital.pay.order       r     r     r     -     -     -     -     -     r     -
hospital.topup           rcw   -     -     -     -     -     -     -     -     -
"""
OPERATIONS = {"r": "read", "c": "create", "w": "write", "u": "unlink"}
PRIVATE = {
    "hospital.account": ("_book", "_order_paid", "_close", "_open", "_for_card"),
    "hospital.account.entry": ("_create",),
    "hospital.pay.order": (
        "_open", "_step", "_write_checked", "_pay_cash", "_pay_manual", "_pay_account", "_pay_code", "_take", "_on_paid",
        "_reserve_refund", "_settle_refund", "_receive_notify", "_cron_follow_up", "_handle_reverse",
    ),
}  # fmt: skip


@tagged("post_install", "-at_install", "slow")
class TestPaymentRoles(RoleCase):
    """Each role logs in with its password and tries by RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        campuses = env["hospital.campus"].search([], order="id")
        cls.here = env.ref("hospital_base.user_cashier").hospital_campus_id
        cls.there = (campuses - cls.here)[:1]
        cash = env.ref("hospital_payment.channel_cash")
        accounts = env["hospital.account"]
        stays = env["hospital.encounter"].search([("kind", "=", "inpatient"), ("state", "=", "in_progress")])
        cls.orders, cls.deposits = {}, {}
        for campus in (cls.here, cls.there):
            stay = stays.filtered(lambda stay, campus=campus: stay.campus_id == campus)[:1]
            deposit = accounts._for_encounter(stay)
            cashier = env.ref("hospital_base.user_cashier" if campus == cls.here else "hospital_base.user_cashier2")
            order = (
                env["hospital.pay.order"]
                .with_user(cashier)
                ._open(
                    deposit,
                    "topup_inpatient",
                    cash,
                    100,
                    "cash",
                    patient_id=deposit.patient_id.id,
                    account_id=deposit.id,
                )
            )
            order._pay_cash()
            cls.orders[campus], cls.deposits[campus] = order, deposit
        card = env["hospital.card"].search([("state", "=", "in_use"), ("type_id.may_hold_money", "=", True)], limit=1)
        cls.card_account = accounts._for_card(card, cls.there)
        env.flush_all()

    @proves("S2-7.1")
    def test_table_of_rights(self):
        for login, *columns in zip(ROLES, *[line.split()[1:] for line in TABLE.strip().splitlines()], strict=True):
            self.log_in(login)
            for model, rights in zip([line.split()[0] for line in TABLE.strip().splitlines()], columns, strict=True):
                for letter, operation in OPERATIONS.items():
                    allowed = self.ask(model, "has_access", [], operation)
                    self.assertEqual(allowed, letter in rights, f"{login} {operation} {model}")

    def test_money_is_not_moved_by_rpc(self):
        deposit = self.deposits[self.here]
        order = self.orders[self.here]
        for login in ("cashier", "finance_manager", "it"):
            self.log_in(login)
            self.refuse("hospital.account.entry", "create", [{"account_id": deposit.id, "kind": "topup", "amount": 1}])
            self.refuse("hospital.account", "write", [deposit.id], {"balance": 9})
            self.refuse("hospital.pay.order", "write", [order.id], {"refunded_amount": 0})
            self.refuse("hospital.pay.order", "create", [{"amount": 1}])
            self.refuse("hospital.pay.order", "unlink", [order.id], also="UserError")
        self.log_in("cashier")
        for model, names in PRIVATE.items():
            for name in names:
                _result, error = self.call(model, name, [order.id if model == "hospital.pay.order" else deposit.id])
                self.assertIn(error, ("AccessError", "AttributeError"), f"{model}.{name}")

    def test_campuses(self):
        for login, mine, other in (("cashier", self.here, self.there), ("cashier2", self.there, self.here)):
            self.log_in(login)
            self.assertTrue(self.ask("hospital.pay.order", "read", [self.orders[mine].id], ["amount"]))
            self.refuse("hospital.pay.order", "read", [self.orders[other].id], ["amount"])
            self.refuse("hospital.account", "read", [self.deposits[other].id], ["balance"])
            self.refuse("hospital.account.entry", "read", self.deposits[other].entry_ids.ids, ["amount"])
            self.assertFalse(self.ask("hospital.pay.order", "search_count", [("campus_id", "=", other.id)]))
            self.assertTrue(
                self.ask("hospital.account", "read", [self.card_account.id], ["balance"]), "cards are shared"
            )

    def test_who_takes_money(self):
        deposit = self.deposits[self.here]
        for login in ("finance", "nurse", "it", "auditor"):
            self.log_in(login)
            self.refuse("hospital.topup", "create", [{"kind": "inpatient", "encounter_id": deposit.encounter_id.id}])
        self.log_in("finance")
        self.refuse("hospital.pay.order", "hospital_pay_code", [self.orders[self.here].id], "134567890123456789")
        self.log_in("cashier")
        self.refuse("hospital.pay.order", "action_attended", [self.orders[self.here].id])

    def test_the_desk_over_rpc(self):
        self.log_in("cashier")
        deposit = self.deposits[self.here]
        before = deposit.balance
        values = {"kind": "inpatient", "encounter_id": deposit.encounter_id.id, "amount": 25}
        [desk] = self.ask("hospital.topup", "create", [values])
        self.ask("hospital.topup", "action_pay", [desk])
        self.ask("hospital.topup", "action_pay", [desk])
        deposit.invalidate_recordset()
        self.assertEqual(deposit.balance, before + 25)

    def test_screens_open(self):
        for login, models in (
            ("cashier", ("hospital.topup", "hospital.account", "hospital.pay.order")),
            ("finance", ("hospital.account", "hospital.account.entry", "hospital.pay.order")),
            ("auditor", ("hospital.account", "hospital.account.entry", "hospital.pay.order")),
            ("nurse", ("hospital.account",)),
            ("it", ("hospital.pay.channel", "hospital.pay.merchant")),
        ):
            self.log_in(login)
            self.ask("hospital.home", "get_home")
            for model in models:
                views = self.ask(model, "get_views", [[False, "form"], [False, "search"]])["models"][model]["fields"]
                if model != "hospital.topup":
                    names = [name for name, field in views.items() if field["type"] != "properties"]
                    self.ask(model, "search_read", [], names, limit=3)
