from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import proves
from .people_common import PeopleCase
from .test_people_registration import FOREIGN_2017, FOREIGN_2023, PERMIT, RESIDENT


@tagged("post_install", "-at_install")
class TestPeopleKiosk(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kiosk = cls.env["hospital.kiosk"].with_user(cls.users["registrar"]).with_context(lang="en_US")

    @proves("S3-8.3", "S3-8.2")
    def test_every_card_is_registered_and_recognised(self):
        for text, card_type, name in (
            (RESIDENT, "0", "张*明"),
            (FOREIGN_2017, "1", "S**** J***"),
            (PERMIT, "2", "陈*文"),
            (FOREIGN_2023, "3", "史*斯"),
        ):
            answer = self.kiosk.identify(text, card_type)
            self.assertEqual((answer["state"], answer["name"]), ("new", name))
            registered = self.kiosk.register(text, card_type, "13800001234")
            self.assertEqual(registered["state"], "registered")
            self.assertRegex(registered["card"], r"^900\d{9}$")
            again = self.kiosk.identify(text)
            self.assertEqual(
                (again["state"], again["number"], again["card"]), ("found", registered["number"], registered["card"])
            )
            twice = self.kiosk.register(text)
            self.assertEqual((twice["state"], twice["number"]), ("found", registered["number"]))
            self.assertNotIn("13800001234", str(again))

    @proves("S3-8.3")
    def test_old_and_new_foreign_numbers_typed_by_the_reader(self):
        known = self.make_patient("SMITH JOHN", document="ZZZ119900010100")
        answer = self.kiosk.identify("zzz119900010100")
        self.assertEqual((answer["state"], answer["number"]), ("found", known.number))
        self.assertRegex(answer["card"], r"^900\d{9}$")
        self.assertEqual(self.kiosk.identify("911999199001010014")["state"], "error")

    def test_unreadable(self):
        for text in ("", "x", "1" * 128, FOREIGN_2023.replace("931999199001010026", "931999199001010027")):
            answer = self.kiosk.identify(text)
            self.assertEqual(answer["state"], "error", text)
            self.assertTrue(answer["message"])
            self.assertEqual(self.kiosk.register(text)["state"], "error")

    def test_somebody_who_may_be_on_file_goes_to_the_desk(self):
        self.make_patient("张晓明", birth_date="1990-01-01")
        count = self.env["hospital.patient"].search_count([])
        answer = self.kiosk.register(RESIDENT)
        self.assertEqual(answer["state"], "error")
        self.assertIn("desk", answer["message"])
        self.assertEqual(self.kiosk.register(FOREIGN_2023, None, "12")["state"], "error")
        self.assertEqual(self.env["hospital.patient"].search_count([]), count)

    def test_only_an_account_of_the_desk(self):
        with self.assertRaises(AccessError):
            self.kiosk.with_user(self.users["cashier"]).identify(RESIDENT)
