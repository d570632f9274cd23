from odoo.tests import tagged

from odoo.addons.hospital_base.tests.roles_common import RoleCase

MODELS = ("hospital.gcp.project", "hospital.gcp.investigator", "hospital.gcp.subject", "hospital.gcp.subject.step")


@tagged("post_install", "-at_install")
class TestGcpRoles(RoleCase):
    """Each role logs in and tries."""

    def menus(self):
        return {menu.get("xmlid") for menu in self.url_open("/web/webclient/load_menus").json().values()}

    def test_the_office_works_with_trials(self):
        self.log_in("gcp")
        self.assertLessEqual(
            {"hospital_gcp.menu_hospital_gcp_project", "hospital_gcp.menu_hospital_gcp_subject"}, self.menus()
        )
        project = self.ask("hospital.gcp.project", "create", [{"code": "ROLE1", "name": "角色试验"}])
        self.ask("hospital.gcp.project", "action_start", project)
        self.ask("hospital.gcp.research.line", "search_count", [])
        self.ask("hospital.transfer.line", "search_count", [])
        for private in ("_to_state", "_note_step"):
            self.assertEqual(self.call("hospital.gcp.project", private, project, "closed")[1], "AccessError")
        self.assertEqual(self.call("hospital.gcp.subject.step", "create", [{"status": "out"}])[1], "AccessError")

    def test_finance_reads_reports_only(self):
        self.log_in("finance")
        self.ask("hospital.gcp.research.line", "search_count", [])
        menus = self.menus()
        self.assertIn("hospital_gcp.menu_hospital_gcp_research_report", menus)
        self.assertNotIn("hospital_gcp.menu_hospital_gcp_project", menus)
        for model in MODELS:
            self.assertEqual(self.call(model, "search_count", [])[1], "AccessError", model)

    def test_others_see_nothing(self):
        for login in ("registrar", "cashier", "pharmacist", "it", "auditor", "plain"):
            self.log_in(login)
            for model in (*MODELS, "hospital.gcp.research.line"):
                self.assertEqual(self.call(model, "search_count", [])[1], "AccessError", (login, model))
            error = self.call("hospital.encounter", "search_read", [], ["gcp_status"])[1]
            self.assertEqual(error, "AccessError", login)

    def test_care_teams_know_the_status_alone(self):
        for login in ("doctor", "nurse"):
            self.log_in(login)
            self.ask("hospital.encounter", "search_read", [], ["gcp_status"], limit=1)
            for model in MODELS:
                self.assertEqual(self.call(model, "search_count", [])[1], "AccessError", (login, model))
