from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools import convert_file, mute_logger

from .charges_common import ChargesCase
from .common import proves
from .pdf import Printed


@tagged("post_install", "-at_install")
class TestPrintingTemplates(ChargesCase):
    """An administrator changes prints on the screen; updates of the addon leave that alone."""

    def setUp(self):
        super().setUp()
        self.charge(self.blood, 2)

    def update_addon(self):
        """What `-u hospital_base` does with the file of the templates."""
        self.env.flush_all()
        for path in ("reports/print_layouts.xml", "reports/charge_prints.xml"):
            convert_file(self.env, "hospital_base", path, {}, mode="update", noupdate=False)
        self.env.registry.clear_cache("templates")

    def print(self):
        reports = self.env["ir.actions.report"].with_user(self.users["cashier"])
        return Printed(reports._render_qweb_pdf("hospital_base.report_charge_list", self.inpatient.ids)[0]).text

    def change(self, xml_id, old, new):
        view = self.env.ref(f"hospital_base.{xml_id}")
        self.assertIn(old, view.arch)
        view.arch = view.arch.replace(old, new)
        return view

    @proves("S1-9.4")
    def test_a_template_edited_on_the_screen_survives_an_update(self):
        self.assertTrue(get_module_path("hospital_base"))
        self.change("report_charge_list", "Charge list", "住院费用明细清单")
        self.change("print_foot", "Printed by", "打印人")
        self.update_addon()
        text = self.print()
        self.assertIn("住院费用明细清单", text)
        self.assertIn("打印人", text)

    @proves("S1-9.4")
    def test_an_inherited_view_made_by_the_administrator_survives_an_update(self):
        self.env["ir.ui.view"].create(
            {
                "name": "投诉电话",
                "type": "qweb",
                "mode": "extension",
                "inherit_id": self.env.ref("hospital_base.report_charge_list").id,
                "arch": '<xpath expr="//t[@t-call=\'hospital_base.print_charge_table\']" position="after"><p>价格投诉电话 12315</p></xpath>',
            }
        )
        self.update_addon()
        self.assertIn("价格投诉电话12315", self.print())

    def test_an_untouched_template_follows_the_addon(self):
        view = self.env.ref("hospital_base.print_foot")
        self.env.cr.execute(
            "UPDATE ir_ui_view SET arch_db = jsonb_build_object('en_US', replace(arch_db ->> 'en_US', 'Printed by', "
            "'OLD')) WHERE id = %s",
            (view.id,),
        )
        self.env.invalidate_all()
        self.assertIn("OLD", view.arch)
        self.update_addon()
        self.assertNotIn("OLD", view.arch)

    def test_back_to_the_original_follows_the_addon_again(self):
        view = self.change("report_charge_list", "Charge list", "别的标题")
        data = self.env["ir.model.data"].search([("model", "=", "ir.ui.view"), ("res_id", "=", view.id)])
        report = self.env.ref("hospital_base.action_report_charge_list")
        self.assertTrue(data.noupdate)
        self.assertEqual(report.hospital_changed_count, 1)
        report.action_hospital_restore()
        self.assertFalse(data.noupdate)
        self.assertIn("Chargelist", self.print())

    def test_a_template_that_cannot_print_is_not_saved(self):
        with (
            self.assertRaises(ValidationError),
            self.env.cr.savepoint(),
            mute_logger("odoo.addons.base.models.ir_qweb"),
        ):
            self.change("report_charge_list", 't-value="sheets[encounter.id]"', 't-value="sheets[encounter.id"')
        self.assertIn("Chargelist", self.print())

    def test_only_administrators_change_templates(self):
        view = self.env.ref("hospital_base.print_foot")
        for role in ("it_operator", "finance_manager", "cashier"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                view.with_user(self.users[role]).arch = "<div/>"

    def test_the_screen_names_all_templates_of_a_print(self):
        report = self.env.ref("hospital_base.action_report_charge_list")
        keys = set(report._hospital_templates().mapped("key"))
        self.assertLessEqual(
            {
                f"hospital_base.{name}"
                for name in ("report_charge_list", "layout_a4", "print_head", "print_style", "print_charge_table")
            },
            keys,
        )
        self.assertEqual(report.action_hospital_templates()["res_model"], "ir.ui.view")
        self.assertEqual(report.action_hospital_preview()["report_name"], "hospital_base.report_charge_list")

    @proves("S1-9.3")
    def test_a_new_print_is_made_on_the_screen_alone(self):
        """No addon, no Python: a template that uses a layout and an action, as an administrator types them."""
        self.env["ir.ui.view"].create(
            {
                "name": "收费凭条",
                "type": "qweb",
                "key": "custom.charge_slip",
                "arch": """<t t-name="custom.charge_slip"><t t-call="hospital_base.print_document">
                    <t t-foreach="docs" t-as="doc"><t t-call="hospital_base.slip_80mm">
                        <t t-set="title">收费凭条</t><t t-set="qr_text" t-value="doc.encounter_id.number"/>
                        <p t-out="doc.name"/><p t-out="money(doc.amount)"/>
                    </t></t></t></t>""",
            }
        )
        report = self.env["ir.actions.report"].create(
            {
                "name": "收费凭条",
                "model": "hospital.charge",
                "report_type": "qweb-pdf",
                "report_name": "custom.charge_slip",
                "hospital_engine": "weasyprint",
                "binding_model_id": self.env["ir.model"]._get_id("hospital.charge"),
            }
        )
        charge = self.charge(self.drug, 2)
        content = self.env["ir.actions.report"].with_user(self.users["cashier"])._render_qweb_pdf(report, charge.ids)[0]
        printed = Printed(content)
        self.assertEqual(printed.size_mm()[0], 80)
        for text in ("收费凭条", "阿莫西林胶囊", "37.80", "市第一医院"):
            self.assertIn(text, printed.text)
        bindings = self.env["ir.actions.actions"].with_user(self.users["cashier"]).get_bindings("hospital.charge")
        self.assertIn(report.id, [action["id"] for action in bindings["report"]])

    @proves("S1-9.3")
    def test_an_addon_adds_a_column_to_a_print_and_to_the_list(self):
        """What a small inheriting addon consists of: two views; both engines of the report take them up."""
        View = self.env["ir.ui.view"]
        View.create(
            {
                "name": "column",
                "type": "qweb",
                "mode": "extension",
                "inherit_id": self.env.ref("hospital_base.print_charge_table").id,
                "arch": """<data>
                    <xpath expr="//thead/tr/th[last()]" position="after"><th>每单位实收</th></xpath>
                    <xpath expr="//tr[@t-foreach]/td[last()]" position="after">
                        <td t-out="money(line['amount'] / line['quantity'])"/></xpath></data>""",
            }
        )
        View.create(
            {
                "name": "column",
                "model": "hospital.charge",
                "type": "list",
                "mode": "extension",
                "inherit_id": self.env.ref("hospital_base.view_hospital_charge_list").id,
                "arch": '<field name="amount" position="after"><field name="open_amount"/></field>',
            }
        )
        self.assertIn("每单位实收", self.print())
        self.assertIn("静脉采血次6.50213.006.50", self.print())
        arch = self.env["hospital.charge"].with_user(self.users["cashier"]).get_view(view_type="list")["arch"]
        self.assertIn('name="open_amount"', arch)

    @proves("S1-9.3")
    def test_a_manager_saves_an_analysis_and_shares_it(self):
        """A pivot someone arranged is a saved filter, for himself or for everybody, without touching the addon."""
        action = self.env.ref("hospital_base.action_hospital_charge_analysis")
        values = {
            "name": "本月各科室收入",
            "model_id": "hospital.charge",
            "action_id": action.id,
            "user_ids": [],
            "domain": "[('state', '=', 'unsettled')]",
            "context": "{'pivot_row_groupby': ['order_department_id']}",
        }
        manager = self.env["ir.filters"].with_user(self.users["finance_manager"])
        try:
            manager.create_filter(values)
        except UserError as error:
            self.fail(str(error))
        names = [row["name"] for row in manager.get_filters("hospital.charge", action_id=action.id)]
        self.assertIn("本月各科室收入", names)
