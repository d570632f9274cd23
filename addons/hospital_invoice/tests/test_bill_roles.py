from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .paper_common import PaperCase

BILLS = ("hospital.invoice", "hospital.invoice.item", "hospital.invoice.detail", "hospital.invoice.pay",
         "hospital.invoice.print", "hospital.invoice.paper")  # fmt: skip
READERS = {"cashier", "finance_clerk", "finance_manager", "auditor", "it_operator"}
NOT_FOR_IT = {"hospital.invoice.item", "hospital.invoice.detail", "hospital.invoice.pay", "hospital.invoice.print"}
ROLES = ("registrar", "cashier", "finance_clerk", "finance_manager", "doctor", "nurse", "pharmacist", "gcp_office",
         "it_operator", "auditor")  # fmt: skip


@tagged("post_install", "-at_install")
class TestBillRoles(PaperCase):
    """What each role may do with bills, at its own campus and at another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            role: cls.users.get(role)
            or new_test_user(
                cls.env,
                f"bills_{role}",
                groups=f"hospital_base.group_hospital_{role}",
                hospital_campus_ids=[Command.set(cls.campus.ids)],
                hospital_campus_id=cls.campus.id,
            )
            for role in ROLES
        }
        cls.one = cls.bill()
        far = cls.env["hospital.encounter"].create(
            {
                "patient_id": cls.patient.id,
                "kind": "outpatient",
                "campus_id": cls.other_campus.id,
                "department_id": cls.far.id,
                "practitioner_id": cls.doctor.id,
            }
        )
        cls.far_one = cls.bill(encounter=far)

    def test_who_reads_and_that_nobody_writes(self):
        for role, user in self.roles.items():
            for name in BILLS:
                model = self.env[name].with_user(user)
                with self.subTest(role=role, model=name):
                    readable = role in READERS and not (role == "it_operator" and name in NOT_FOR_IT)
                    self.assertEqual(model.has_access("read"), readable)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(model.has_access(operation))

    def test_bills_of_own_campuses_only(self):
        for role in READERS:
            with self.subTest(role=role):
                found = self.env["hospital.invoice"].with_user(self.roles[role]).search([])
                self.assertIn(self.one, found)
                self.assertNotIn(self.far_one, found)
                with self.assertRaises(AccessError):
                    self.far_one.with_user(self.roles[role]).read(["number"])

    def test_kinds_and_places_are_set_up_by_it_and_the_finance_manager(self):
        for role, user in self.roles.items():
            with self.subTest(role=role):
                self.assertEqual(
                    self.env["hospital.invoice.place"].with_user(user).has_access("create"),
                    role in ("it_operator", "finance_manager"),
                )
                self.assertEqual(
                    self.env["hospital.invoice.kind"].with_user(user).has_access("write"), role == "it_operator"
                )
        place = self.env["hospital.invoice.place"].with_user(self.roles["it_operator"])
        made = place.create({"code": "W77", "name": "七号窗口", "campus_id": self.campus.id})
        self.assertEqual(made._for(self.cashier, "window", self.campus), self.window, "his own place comes first")
        self.assertEqual(made._for(self.other_cashier, "window", self.campus), made)

    def test_who_decides_and_prints(self):
        for role in ("auditor", "it_operator"):
            with self.subTest(role=role):
                own = self.one.with_user(self.roles[role])
                for work in (own.action_send_again, own.action_ask, own.action_turn_paper):
                    with self.assertRaises(AccessError):
                        work()
                with self.assertRaises(AccessError):
                    own._print("electronic")
        self.one.with_user(self.cashier)._print("electronic")
        self.one.with_user(self.users["finance_clerk"])._print("electronic", reason="copy")
        self.assertEqual(self.one.print_count, 2)

    def test_screens_open_for_those_who_have_them(self):
        for role in READERS - {"it_operator"}:
            with self.subTest(role=role):
                form = Form(self.one.with_user(self.roles[role]), "hospital_invoice.view_hospital_invoice_form")
                self.assertEqual(form.number, self.one.number)
                self.env["hospital.home"].with_user(self.roles[role]).get_home()
        for model, record in (("hospital.patient", self.patient), ("hospital.encounter", self.outpatient)):
            for role in ("cashier", "nurse", "doctor", "registrar"):
                with self.subTest(role=role, model=model):
                    seen = record.with_user(self.roles[role])
                    if role == "cashier":
                        self.assertEqual(seen.invoice_count, 1)
                        self.assertEqual(seen.action_invoices()["res_id"], self.one.id)
                    else:
                        self.assertNotIn("invoice_count", seen.fields_get())

    def test_menus(self):
        for role, wanted in (
            ("cashier", {"menu_hospital_invoice", "menu_hospital_invoice_reprint_outpatient",
                         "menu_hospital_invoice_reprint_inpatient", "menu_hospital_invoice_paper"}),
            ("nurse", set()),
        ):  # fmt: skip
            visible = self.env["ir.ui.menu"].with_user(self.roles[role])._visible_menu_ids()
            for name in ("menu_hospital_invoice", "menu_hospital_invoice_reprint_outpatient",
                         "menu_hospital_invoice_reprint_inpatient", "menu_hospital_invoice_paper",
                         "menu_hospital_invoice_paper_receive", "menu_hospital_invoice_kind"):  # fmt: skip
                menu = self.env.ref(f"hospital_invoice.{name}")
                self.assertEqual(menu.id in visible, name in wanted, (role, name))

    def test_found_by_everything_a_patient_shows(self):
        card = self.env["hospital.card"].create({"patient_id": self.patient.id, "number": "3399000661"})
        bills = self.env["hospital.invoice"].with_user(self.cashier)
        initials = self.patient.initials
        for term in (self.one.number, self.one.number.lower(), self.one.bill_number, "张三丰", initials, card.number,
                     self.patient.number, self.outpatient.number, self.inpatient.number):  # fmt: skip
            with self.subTest(term=term):
                self.assertIn(self.one, bills.search([("search_text", "ilike", term)]))
        for term in ("李四", "MZ0", "9999999999"):
            self.assertNotIn(self.one, bills.search([("search_text", "ilike", term)]))
        self.assertNotIn(self.far_one, bills.search([("search_text", "ilike", "张三丰")]))
