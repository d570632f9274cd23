import threading
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

TABLES = (
    "hospital_refund_line",
    "hospital_refund",
    "hospital_settlement_tender",
    "hospital_settlement_line",
    "hospital_settlement_share",
    "hospital_pay_order",
    "hospital_settlement",
    "hospital_shift",
    "hospital_charge",
    "hospital_encounter",
)


@tagged("post_install", "-at_install")
class TestSettleConcurrency(BaseCase):
    """Real connections and real commits: whatever happens at once, a charge is paid once and a counted shift stays so."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True})
            campus = env["hospital.campus"].create({"name": "并发收费院", "code": "SCC"})
            department = env["hospital.department"].create(
                {"name": "并发科", "code": "SCC", "campus_id": campus.id, "kind": "clinic"}
            )
            patient = env["hospital.patient"].create({"name": "并发收费", "sex": "1"})
            encounter = env["hospital.encounter"].create(
                {
                    "patient_id": patient.id,
                    "kind": "outpatient",
                    "campus_id": campus.id,
                    "department_id": department.id,
                }
            )
            item = env["product.template"].create(
                {
                    "name": "并发项目",
                    "list_price": 10,
                    "hospital_kind": "other",
                    "type": "service",
                    "hospital_charge_category_id": env["hospital.charge.category"].search([], limit=1).id,
                }
            )
            charges = env["hospital.charge"]._charge(
                [{"encounter_id": encounter.id, "product_id": item.product_variant_id.id, "quantity": 2}] * 3
            )
            users = env["res.users"].create(
                [
                    {
                        "name": f"并发收费员{number}",
                        "login": f"settle_race_{number}",
                        "group_ids": [(4, env.ref("hospital_base.group_hospital_cashier").id)],
                        "hospital_campus_ids": [(6, 0, campus.ids)],
                        "hospital_campus_id": campus.id,
                    }
                    for number in range(2)
                ]
            )
            self.cash = env.ref("hospital_payment.channel_cash").id
            self.campus, self.encounter, self.charges = campus.id, encounter.id, charges.ids
            self.users = users.ids
            self.leftovers = [
                ("hospital.patient", patient.ids),
                ("product.template", item.ids),
                ("hospital.department", department.ids),
                ("res.users", users.ids),
                ("hospital.campus", campus.ids),
            ]
        self.addCleanup(self._clean)

    def _clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            own = SQL("campus_id = %s", self.campus)
            self._clean_above(env, "hospital_settlement", SQL("SELECT id FROM hospital_settlement WHERE %s", own))
            for table in TABLES:
                where = own
                if table == "hospital_refund_line":
                    where = SQL("refund_id IN (SELECT id FROM hospital_refund WHERE %s)", own)
                elif table.startswith("hospital_settlement_"):
                    where = SQL("settlement_id IN (SELECT id FROM hospital_settlement WHERE %s)", own)
                cr.execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(table), where))
            for model, ids in self.leftovers:
                env[model].browse(ids).unlink()

    def _clean_above(self, env, table, rows):
        """What addons above have made of these rows; the newest first, for it may point to what was before it."""
        pointing = SQL(
            """SELECT conrelid::regclass::text, attname FROM pg_constraint
                 JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
                WHERE contype = 'f' AND confrelid = %(table)s::regclass AND confdeltype = 'r'
                  AND conrelid <> confrelid AND conrelid::regclass::text <> ALL(%(own)s)""",
            table=table,
            own=list(TABLES),
        )
        for above, column in env.execute_query(pointing):
            found = SQL(
                "SELECT id FROM %s WHERE %s IN (%s) ORDER BY id DESC",
                SQL.identifier(above),
                SQL.identifier(column),
                rows,
            )
            for (record,) in env.execute_query(found):
                self._clean_above(env, above, SQL("%s", record))
                env.cr.execute(SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(above), record))

    # === HELPERS ===

    def _race(self, *steps):
        """Every step in its own connection, all past their first look before any of them may write. Returns the outcomes."""
        outcomes = [None] * len(steps)
        gate = threading.Barrier(len(steps))

        def run(number, user, step):
            tries = []
            try:
                with self.registry.cursor() as cr:  # a refusal leaves it, and so rolls back
                    env = api.Environment(cr, user, {})

                    def attempt():
                        cr.execute("SELECT 1")  # the snapshot of this transaction begins here
                        if not tries:
                            gate.wait(20)
                        tries.append(True)
                        step(env)

                    retrying(attempt, env)
                outcomes[number] = "done"
            except UserError as refusal:
                outcomes[number] = str(refusal)

        threads = [threading.Thread(target=run, args=(number, *step)) for number, step in enumerate(steps)]
        with mute_logger("odoo.sql_db", "odoo.service.model"):  # out here: threads would undo each other's
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        return outcomes

    def _pay(self, env, charges=None, key=None):
        env["hospital.cash.desk"].pay(
            {
                "encounter_id": self.encounter,
                "charge_ids": charges or self.charges,
                "expected": 20 * len(charges or self.charges),
                "tenders": [{"channel_id": self.cash}],
                "key": key,
            }
        )

    def _read(self, query, *values):
        with self.registry.cursor() as cr:
            cr.execute(query, values)
            return cr.fetchall()

    def _paid(self):
        return [
            float(amount)
            for [amount] in self._read(
                "SELECT amount FROM hospital_pay_order WHERE campus_id = %s AND state = 'paid' ORDER BY id", self.campus
            )
        ]

    # === TESTS ===

    def test_two_cashiers_settle_the_same_visit(self):
        outcomes = self._race(*((user, self._pay) for user in self.users))
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        [refusal] = [outcome for outcome in outcomes if outcome != "done"]
        self.assertTrue(refusal and refusal.endswith("."), refusal)
        self.assertEqual(self._paid(), [60])

    def test_a_double_click(self):
        for _round in range(2):
            outcomes = self._race(*[(self.users[0], lambda env: self._pay(env, key="one press"))] * 3)
            self.assertIn("done", outcomes)
        self.assertEqual(self._paid(), [60])
        [[lines]] = self._read(
            "SELECT count(*) FROM hospital_settlement_line WHERE is_live AND charge_id = ANY(%s)", self.charges
        )
        self.assertEqual(lines, 3)

    def test_two_lines_at_two_windows(self):
        """Different lines of one visit do not stand in each other's way for good."""
        first, second = self.charges[:1], self.charges[1:2]
        self._race(
            (self.users[0], lambda env: self._pay(env, first)), (self.users[1], lambda env: self._pay(env, second))
        )
        for user, charges in zip(self.users, (first, second), strict=True):
            [[state]] = self._read("SELECT state FROM hospital_charge WHERE id = %s", charges[0])
            if state == "unsettled":
                self.assertEqual(self._race((user, lambda env, charges=charges: self._pay(env, charges))), ["done"])
        self.assertEqual(self._paid(), [20, 20])

    def test_nothing_is_half_done(self):
        """The very last step fails: no order, no settlement, no settled charge."""

        def fails(env):
            with patch.object(self.registry["hospital.settlement"], "_after_done", side_effect=UserError("Stop.")):
                self._pay(env)

        self.assertEqual(self._race((self.users[0], fails)), ["Stop."])
        self.assertEqual(self._paid(), [])
        self.assertFalse(self._read("SELECT id FROM hospital_settlement WHERE campus_id = %s", self.campus))
        states = self._read("SELECT DISTINCT state FROM hospital_charge WHERE id = ANY(%s)", self.charges)
        self.assertEqual(states, [("unsettled",)])

    def test_the_same_line_goes_back_once(self):
        self.assertEqual(self._race((self.users[0], self._pay)), ["done"])
        [[settlement]] = self._read("SELECT id FROM hospital_settlement WHERE campus_id = %s", self.campus)

        def back(env):
            env["hospital.settlement"].browse(settlement)._refund_lines({self.charges[0]: 2}, "x")

        outcomes = self._race(*((user, back) for user in self.users))
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        [[owed]] = self._read("SELECT paid_back_total FROM hospital_settlement WHERE id = %s", settlement)
        self.assertEqual(float(owed), 20)

    def test_counting_while_money_is_booked(self):
        """Whoever comes first: what is on the counted shift is in its totals, what is not is on the next."""
        user = self.users[0]
        for charge in self.charges:
            self._race((user, lambda env: env["hospital.shift"]._current()))
            [[shift]] = self._read(
                "SELECT id FROM hospital_shift WHERE user_id = %s AND state = 'open' ORDER BY id DESC", user
            )

            def count(env, shift=shift):
                record = env["hospital.shift"].browse(shift)
                record.difference_note = "race"
                record.action_count()

            self._race((user, count), (user, lambda env, charge=charge: self._pay(env, [charge])))
            [[state]] = self._read("SELECT state FROM hospital_shift WHERE id = %s", shift)
            if state != "counted":
                self.assertEqual(self._race((user, count)), ["done"])
            [[charge_state]] = self._read("SELECT state FROM hospital_charge WHERE id = %s", charge)
            if charge_state == "unsettled":
                self.assertEqual(self._race((user, lambda env, charge=charge: self._pay(env, [charge]))), ["done"])
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                record = env["hospital.shift"].browse(shift)
                record._refresh()  # as closing does, in a transaction that began after the counting
                [[booked]] = self._read(
                    "SELECT COALESCE(sum(amount), 0) FROM hospital_pay_order WHERE shift_id = %s AND state = 'paid'",
                    shift,
                )
                self.assertEqual(record.taken_total, float(booked))
        self.assertEqual(self._paid(), [20, 20, 20])

    def test_one_cashier_opens_one_shift(self):
        self._race(*[(self.users[0], lambda env: env["hospital.shift"]._current())] * 3)
        shifts = self._read("SELECT id FROM hospital_shift WHERE user_id = %s AND state = 'open'", self.users[0])
        self.assertEqual(len(shifts), 1)
