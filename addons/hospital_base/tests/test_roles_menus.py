from odoo.tests import tagged

from .roles_common import RoleCase


@tagged("post_install", "-at_install", "slow")
class TestRolesMenus(RoleCase):
    def menus_of(self, login):
        self.log_in(login)
        menus = self.url_open("/web/webclient/load_menus").json()
        return {
            menu["xmlid"].removeprefix("hospital_base.")
            for menu in menus.values()
            if (menu.get("xmlid") or "").startswith("hospital_base.")
        }

    def test_what_each_role_sees(self):
        expected = {
            "registrar": (
                {
                    "menu_hospital_patient",
                    "menu_hospital_card",
                    "menu_hospital_outpatients",
                    "menu_hospital_admissions",
                },
                {"menu_hospital_base_data", "menu_hospital_audit", "menu_hospital_my_inpatients"},
            ),
            "cashier": (
                {"menu_hospital_patient", "menu_hospital_charges"},
                {"menu_hospital_campus", "menu_hospital_audit", "menu_hospital_bed_board"},
            ),
            "finance": ({"menu_hospital_charges"}, {"menu_hospital_audit", "menu_hospital_bed_board"}),
            "doctor": (
                {"menu_hospital_my_inpatients", "menu_hospital_outpatients", "menu_hospital_bed_board"},
                {"menu_hospital_base_data", "menu_hospital_audit"},
            ),
            "nurse": (
                {"menu_hospital_bed_board", "menu_hospital_admissions"},
                {"menu_hospital_base_data", "menu_hospital_audit", "menu_hospital_my_inpatients"},
            ),
            "it": (
                {
                    "menu_hospital_base_data",
                    "menu_hospital_department",
                    "menu_hospital_practitioner",
                    "menu_hospital_code_set",
                },
                {
                    "menu_hospital_registration",
                    "menu_hospital_inpatient",
                    "menu_hospital_audit",
                    "menu_hospital_settings",
                },
            ),
            "auditor": (
                {"menu_hospital_audit", "menu_hospital_access_log"},
                {"menu_hospital_campus", "menu_hospital_charge_entry"},
            ),
        }
        for login, (seen, hidden) in expected.items():
            menus = self.menus_of(login)
            with self.subTest(login):
                self.assertIn("menu_hospital_home", menus)
                self.assertLessEqual(seen, menus)
                self.assertFalse(hidden & menus)
        self.assertEqual(self.menus_of("plain"), set())

    def test_every_menu_a_role_sees_opens(self):
        """A menu that ends in "you may not" is worse than none."""
        for login in (
            "registrar",
            "cashier",
            "finance",
            "finance_manager",
            "doctor",
            "nurse",
            "pharmacist",
            "gcp",
            "it",
            "auditor",
            "admin",
        ):
            menus = self.menus_of(login)
            for name in sorted(menus):
                menu = self.env.ref(f"hospital_base.{name}")
                if not menu.action or menu.action._name != "ir.actions.act_window":
                    continue
                with self.subTest(login=login, menu=name):
                    action = self.rpc("/web/action/load", {"action_id": menu.action.id})["result"]
                    views = [[view_id, kind] for view_id, kind in action["views"]] + [[False, "search"]]
                    self.ask(action["res_model"], "get_views", views)
                    if menu.action.target != "new" and not self.env[action["res_model"]]._transient:
                        self.ask(action["res_model"], "search_count", [])

    def test_menus_have_short_unlike_names(self):
        menus = self.env["ir.ui.menu"].search([("id", "child_of", self.env.ref("hospital_base.menu_hospital_root").id)])
        for parent in menus.parent_id & menus:
            names = parent.child_id.mapped("name")
            self.assertEqual(len(names), len(set(names)), names)
        for menu in menus:
            self.assertLessEqual(len(menu.name), 28, menu.name)
