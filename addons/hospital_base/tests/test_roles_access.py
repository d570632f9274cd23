from odoo.tests import tagged

from .roles_common import RoleCase

ROLES = "registrar cashier finance finance_manager doctor nurse pharmacist gcp it auditor plain".split()

# who may read, create, write, unlink; one column per role in the order above, "-" for nothing at all
TABLE = """
                                registrar  cashier  finance  manager  doctor  nurse  pharmacist  gcp   it    auditor  plain
hospital.campus                 r          r        r        r        r       r      r           r     rcwu  r        -
hospital.department             r          r        r        r        r       r      r           r     rcwu  r        -
hospital.ward                   r          r        r        r        r       r      r           r     rcwu  r        -
hospital.bed                    r          r        r        r        r       r      r           r     rcwu  r        -
hospital.practitioner           r          r        r        r        r       r      r           r     rcwu  r        -
hospital.practitioner.role      r          r        r        r        r       r      r           r     rcwu  r        -
hospital.code.set               r          r        r        r        r       r      r           r     rcwu  r        -
hospital.code                   r          r        r        r        r       r      r           r     rcwu  r        -
hospital.identifier.type        r          r        r        r        r       r      r           r     rcwu  r        -
hospital.card.type              r          r        r        r        r       r      r           r     rcwu  r        -
hospital.charge.category        r          r        r        rcwu     r       r      r           r     rcwu  r        -
hospital.patient                rcw        r        r        r        rw      rw     r           r     -     r        -
hospital.identifier             rcwu       r        r        r        r       r      r           r     -     r        -
hospital.card                   rc         r        r        r        r       r      r           r     -     r        -
hospital.coverage               rcwu       rcw      r        r        r       r      r           r     -     r        -
hospital.allergy                rcw        r        r        r        rcwu    rcw    r           r     -     r        -
hospital.encounter              rcw        r        r        r        rcw     rcw    r           r     -     r        -
hospital.stay                   r          r        r        r        r       r      r           r     -     r        -
hospital.leave                  r          r        r        r        r       r      r           r     -     r        -
hospital.condition              rcw        r        r        r        rcwu    r      r           r     -     r        -
hospital.charge                 r          rc       rc       rc       r       rc     r           r     -     r        -
hospital.transfer.line          -          -        r        r        -       -      -           r     -     r        -
hospital.price.change           -          -        r        r        -       -      -           -     r     r        -
hospital.access.log             -          -        -        -        -       -      -           -     -     r        -
product.template                r          r        r        rcwu     r       r      r           r     rcwu  r        r
"""

# written by the system alone: everybody reads the same sentence
CLOSED = {"hospital.access.log": "UserError", "hospital.price.change": "UserError"}

# windows that only choose what to print
PRINTS_ONLY = {"hospital.transfer.report"}

OPERATIONS = {"r": "read", "c": "create", "w": "write", "u": "unlink"}


def parse(table):
    header, *lines = table.strip().splitlines()
    assert len(header.split()) == len(ROLES)
    rights = {}
    for line in lines:
        model, *columns = line.split()
        rights[model] = dict(zip(ROLES, columns, strict=True))
    return rights


RIGHTS = parse(TABLE)


@tagged("post_install", "-at_install", "slow")
class TestRolesAccess(RoleCase):
    def test_every_model_is_in_the_table(self):
        ours = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("hospital.")
            and not model._abstract
            and not model._transient
            and model._auto
            and model._original_module == "hospital_base"
        }
        self.assertEqual(ours - RIGHTS.keys(), set(), "say in the table who may do what with the new model")

    def test_each_role_may_do_what_the_table_says(self):
        """What is allowed is asked for, what is not is tried."""
        self.env["product.template"].search([("is_hospital_item", "=", True)], limit=1).list_price += 1
        some = {model: self.env[model].search([], limit=1).id for model in RIGHTS}
        patient_id = some["hospital.patient"]
        needed = {
            "hospital.identifier": {"patient_id": patient_id, "number": "Z99999999"},
            "hospital.card": {"patient_id": patient_id, "number": "339999999999"},
        }
        for role in ROLES:
            self.log_in(role)
            for model, columns in RIGHTS.items():
                arguments = {
                    "read": ([some[model]], ["id"]),
                    "create": ([needed.get(model, {})],),
                    "write": ([some[model]], {}),
                    "unlink": ([some[model]],),
                }
                for letter, operation in OPERATIONS.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        if letter not in columns[role]:
                            self.refuse(model, operation, *arguments[operation], also=CLOSED.get(model))
                        elif operation == "read":
                            self.ask(model, "search_read", [], ["display_name"], limit=2)
                        else:
                            self.assertTrue(self.ask(model, "has_access", [], operation))

    def test_a_plain_user_reads_nothing_of_ours_through_any_road(self):
        patient = self.env["hospital.patient"].search([], limit=1)
        self.log_in("plain")
        self.refuse("hospital.patient", "web_search_read", [], {"name": {}})
        self.refuse("hospital.patient", "name_search", patient.name)
        self.refuse("hospital.patient", "web_read", [patient.id], {"name": {}})
        self.refuse("hospital.encounter", "formatted_read_group", [], ["state"], ["__count"])
        self.refuse("hospital.patient", "export_data", [patient.id], ["name"], also="UserError")
        self.assertEqual(self.ask("hospital.home", "get_home")["cards"], [])

    def test_nobody_changes_the_access_log(self):
        log = self.env["hospital.access.log"].search([], limit=1)
        self.assertTrue(log)
        for role in (*ROLES, "admin"):
            self.log_in(role)
            for method, arguments in (
                ("create", ([{"model": "hospital.patient"}],)),
                ("write", ([log.id], {"detail": "x"})),
                ("unlink", ([log.id],)),
            ):
                with self.subTest(role=role, method=method):
                    _result, error = self.call("hospital.access.log", method, *arguments)
                    self.assertIn(error, ("AccessError", "UserError"))

    def test_wizards_are_for_those_whose_work_they_are(self):
        """What a wizard does is also bounded by the rights on what it writes; this is who may open it."""
        expected = {
            "hospital.admission": {"registrar", "nurse"},
            "hospital.transfer": {"nurse"},
            "hospital.discharge": {"nurse", "doctor"},
            "hospital.leave.start": {"nurse"},
            "hospital.leave.end": {"nurse"},
            "hospital.stay.undo": {"nurse"},
            "hospital.encounter.cancel": {"registrar", "nurse", "doctor"},
            "hospital.practitioner.state": {"it"},
            "hospital.bed.series": {"it"},
            "hospital.bed.block": {"nurse"},
        }
        for role in ROLES:
            self.log_in(role)
            for wizard, roles in expected.items():
                with self.subTest(role=role, wizard=wizard):
                    self.assertEqual(self.ask(wizard, "has_access", [], "create"), role in roles)
        for name, model in self.env.registry.items():
            if name.startswith("hospital.") and model._transient and model._original_module == "hospital_base":
                if name in PRINTS_ONLY:
                    continue
                with self.subTest(wizard=name):
                    self.assertFalse(
                        self.env[name].with_user(self.env.ref("hospital_base.user_auditor")).has_access("create")
                    )
