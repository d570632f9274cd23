from odoo.tests import tagged

from odoo.addons.hospital_base.tests.roles_common import RoleCase

ROLES = "registrar cashier finance finance_manager doctor nurse pharmacist gcp it auditor plain".split()

TABLE = """
                                 registrar  cashier  finance  manager  doctor  nurse  pharmacist  gcp  it  auditor  plain
hospital.nursing.plan            -          r        r        rcwu     r       r      -           -    r   r        -
hospital.nursing.plan.ward       -          r        r        rcwu     r       r      -           -    r   r        -
hospital.nursing.plan.tier       -          r        r        rcwu     r       r      -           -    r   r        -
hospital.nursing.plan.price      -          r        r        rcwu     r       r      -           -    r   r        -
hospital.nursing.level           -          r        r        r        rcwu    rcwu   -           -    -   r        -
hospital.nursing.choice          -          r        rc       rc       r       rc     -           -    -   r        -
hospital.nursing.day             -          r        r        r        r       r      -           -    -   r        -
hospital.nursing.account         -          -        r        r        -       -      -           -    -   r        -
hospital.nursing.summary         -          -        r        r        -       r      -           -    -   r        -
hospital.nursing.check           -          -        rcwu     rcwu     -       rcwu   -           -    -   -        -
hospital.nursing.summary.report  -          -        rcwu     rcwu     -       rcwu   -           -    -   rcwu     -
"""
OPERATIONS = {"r": "read", "c": "create", "w": "write", "u": "unlink"}


@tagged("post_install", "-at_install", "slow")
class TestRoles(RoleCase):
    def test_every_role_on_every_model(self):
        _header, *lines = TABLE.strip().splitlines()
        for position, login in enumerate(ROLES):
            self.log_in(login)
            for line in lines:
                model, *columns = line.split()
                for letter, operation in OPERATIONS.items():
                    with self.subTest(login=login, model=model, operation=operation):
                        allowed, error = self.call(model, "has_access", [], operation)
                        self.assertIsNone(error)
                        self.assertEqual(allowed, letter in columns[position])

    def test_other_campuses_are_not_seen(self):
        here = self.env.ref("hospital_base.user_nurse").hospital_campus_id
        self.assertTrue(self.env["hospital.nursing.day"].search_count([("campus_id", "=", here.id)]))
        models = ("day", "choice", "level", "plan", "summary")
        self.log_in("nurse")
        for model in models:
            self.assertTrue(self.ask(f"hospital.nursing.{model}", "search_count", [("campus_id", "=", here.id)]), model)
        self.log_in("nurse2")
        for model in models:
            self.assertEqual(self.ask(f"hospital.nursing.{model}", "search_count", [("campus_id", "=", here.id)]), 0)

    def test_the_engine_is_closed(self):
        """What posts is not called from outside."""
        self.log_in("finance_manager")
        encounter = self.env["hospital.nursing.day"].search([], limit=1).encounter_id
        self.refuse("hospital.nursing.posting", "_post", [encounter.id])
        self.log_in("nurse")
        check = self.ask("hospital.nursing.check", "create", {"scope": "patient", "encounter_id": encounter.id})
        self.ask("hospital.nursing.check", "action_reckon", [check])
        self.refuse("hospital.nursing.check", "action_post", [check])
        self.refuse("hospital.nursing.check", "post_next", [check])
