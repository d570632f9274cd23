from odoo.tests import new_test_user, tagged

from .test_places_import import ImportCase


@tagged("post_install", "-at_install")
class TestChargesImport(ImportCase):
    def test_the_price_list_s_template_imports_through_odoo(self):
        user = new_test_user(self.env, "charges_prices", groups="hospital_base.group_hospital_finance_manager")
        offered = (
            self.env["product.template"].with_user(user).with_context(hospital_price_list=True).get_import_templates()
        )
        self.assertEqual(offered[0]["template"], "/hospital/import_template/product.template")
        self.assert_template_imports("product.template", user)
