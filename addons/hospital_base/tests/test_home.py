from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, new_test_user, tagged

from .demo import ROLES, demo_user, load_demo


@tagged("post_install", "-at_install")
class TestHome(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_demo(cls.env)

    def home_of(self, login):
        return self.env["hospital.home"].with_user(demo_user(self.env, login)).with_context(lang="en_US")

    def test_every_role_has_something_to_see(self):
        for login in ROLES:
            with self.subTest(login):
                cards = self.home_of(login).get_home()["cards"]
                self.assertTrue([card for card in cards if card["count"]], cards)

    def test_each_card_opens_what_it_counted(self):
        for login in ROLES:
            home = self.home_of(login)
            for card in home.get_home()["cards"]:
                with self.subTest(login, card=card["key"]):
                    action = home.open_card(card["key"])
                    records = self.env[action["res_model"]].with_user(home.env.user).with_context(**action["context"])
                    self.assertEqual(records.search_count(action["domain"]), card["count"])
                    self.assertEqual(action["name"], card["title"])
                    self.assertFalse([name for name in action["context"] if name.startswith("search_default_")])

    def test_cards_are_unique_and_say_what_to_do(self):
        cards = self.env["hospital.home"].with_context(lang="en_US")._cards()
        keys = [card["key"] for card in cards]
        self.assertEqual(len(keys), len(set(keys)))
        for card in cards:
            with self.subTest(card["key"]):
                self.assertTrue(card["todo"].endswith("."))
                self.assertIn(card["tone"], ("calm", "task", "alert"))
                action = self.env.ref(card["action"])
                self.assertEqual(action.res_model, card["model"])
                for group in card["groups"].split(","):
                    self.assertTrue(self.env.ref(group))

    def test_one_statement_counts_all_cards(self):
        """However many cards addons add; the other statements read who the user is."""
        for login in ROLES:
            home = self.home_of(login)
            home.get_home()
            self.env.invalidate_all()
            with self.subTest(login), self.assertQueryCount(16):
                home.get_home()
        home = self.home_of("registrar")
        home._counted_cards()
        with self.assertQueryCount(1):
            home._counted_cards()

    def test_a_card_of_another_role_does_not_open(self):
        with self.assertRaisesRegex(UserError, "not on your home screen"):
            self.home_of("registrar").open_card("licences_expired")

    def test_a_user_without_role_sees_no_home(self):
        user = new_test_user(self.env, "plain_internal", groups="base.group_user")
        home = self.env["hospital.home"].with_user(user)
        self.assertEqual(home._counted_cards(), [])
        menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        self.assertNotIn(self.env.ref("hospital_base.menu_hospital_root").id, menus)

    def test_a_user_without_campus_is_told_so(self):
        user = new_test_user(
            self.env,
            "no_campus",
            groups="hospital_base.group_hospital_registrar",
            hospital_campus_ids=[Command.clear()],
        )
        home = self.env["hospital.home"].with_user(user).with_context(lang="en_US").get_home()
        self.assertIn("not assigned to a campus", home["notice"])
        self.assertFalse(self.home_of("registrar").get_home()["notice"])

    def test_home_is_the_first_screen_of_every_role(self):
        for login in ROLES:
            user = demo_user(self.env, login)
            menus = self.env["ir.ui.menu"].with_user(user).load_web_menus(False)
            with self.subTest(login):
                first = menus[menus["root"]["children"][0]]
                self.assertEqual(first["xmlid"], "hospital_base.menu_hospital_root")
                self.assertEqual(first["actionID"], self.env.ref("hospital_base.action_hospital_home").id)
                self.assertFalse(user.action_id)

    def test_internals_are_closed_to_rpc(self):
        home = self.home_of("registrar")
        for name in ("_cards", "_counted_cards", "_count_sql", "_my_cards"):
            with self.assertRaises(AccessError):
                call_kw(home, name, [], {})

    def test_possible_doubles_leave_the_list_once_told_apart(self):
        patients = self.env["hospital.patient"]
        one, two = patients.create([{"name": "双重人", "birth_date": "1980-02-03"} for _each in range(2)])
        doubles = [("is_double", "=", True), ("id", "in", (one | two).ids)]
        self.assertEqual(patients.search(doubles), one | two)
        self.assertTrue(one.is_double)
        two.birth_date = "1981-02-03"
        self.assertFalse(patients.search(doubles))
