import io
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.convert import convert_xml_import

from .exchange_common import ExchangeCase, broken_lines

DATA = """<odoo>
    <record id="upstream_interface" model="hospital.interface">
        <field name="platform_id" ref="upstream_platform"/>
        <field name="code">delivered</field><field name="name">Delivered</field>
    </record>
    %s
</odoo>"""


def line(xml_id, **values):
    values = {"path": xml_id, "name": xml_id, **values}
    cells = "".join(f'<field name="{name}">{value}</field>' for name, value in values.items())
    return (
        f'<record id="upstream_{xml_id}" model="hospital.interface.field">'
        f'<field name="interface_id" ref="upstream_interface"/>{cells}</record>'
    )


@tagged("post_install", "-at_install")
class TestFieldsUpstream(ExchangeCase):
    """What becomes of field lines when the addon that brings them is upgraded: its file is loaded as `-u` loads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.model.data"].create(
            {
                "module": "hospital_exchange",
                "name": "upstream_platform",
                "model": "hospital.platform",
                "res_id": cls.platform.id,
                "noupdate": True,
            }
        )

    def load(self, *lines):
        """Install or upgrade with this data file, then let Odoo look for what is no longer in it."""
        data = self.env["ir.model.data"]
        others = data.search([("module", "=", "hospital_exchange"), ("name", "not =like", "upstream\\_%")])
        with patch.object(self.registry, "loaded_xmlids", set(others.mapped("complete_name"))):
            file = io.BytesIO((DATA % "".join(lines)).encode())
            file.name = "delivered.xml"
            convert_xml_import(self.env, "hospital_exchange", file, {}, mode="update")
            data._process_end(["hospital_exchange"])
        self.env.invalidate_all()

    def line(self, xml_id):
        return self.env.ref(f"hospital_exchange.upstream_{xml_id}")

    def test_what_nobody_edited_follows_the_upgrade(self):
        self.load(line("a", length=10, required="True"), line("b", type="date"))
        a = self.line("a")
        self.assertEqual((a.length, a.upstream_state), (10, "same"))
        self.load(line("a", length=20, required="True"), line("b", type="date"), line("c"))
        self.assertEqual((a.length, a.upstream_state), (20, "same"))
        self.assertEqual(self.line("c").upstream_state, "same", "new lines appear")
        own = self.line("c").copy({"path": "own"})
        self.assertEqual(own.upstream_state, "own")

    def test_what_was_edited_here_stays_and_the_difference_is_shown(self):
        self.load(line("a", length=10, note="old"), line("b", length=5))
        a, b = self.line("a"), self.line("b")
        a.write({"length": 15, "source": "constant", "value": "X"})
        b.write({"name": "名称", "sequence": 3})
        self.assertEqual((a.upstream_state, b.upstream_state), ("edited", "edited"))
        self.load(line("a", length=20, note="new"), line("b", length=6, sequence=50))
        self.assertEqual((a.length, a.note, a.value), (15, "new", "X"), "only what was edited is kept")
        self.assertEqual(a.upstream_state, "conflict")
        self.assertEqual((b.name, b.length, b.sequence), ("名称", 6, 3))
        self.assertEqual(b.upstream_state, "edited", "another order is worth no decision")
        difference = str(a.upstream_difference)
        for text in ("Length", "15", "20"):
            self.assertIn(text, difference)
        self.assertNotIn("new", difference)
        self.assertIn(a, a.search([("upstream_state", "=", "conflict")]))
        self.assertNotIn(b, a.search([("upstream_state", "=", "conflict")]))
        self.load(line("a", length=20, note="new"), line("b", length=6))
        self.assertEqual(a.upstream_state, "conflict", "until somebody has decided")

    def test_take_upstream_or_keep_ours(self):
        self.load(line("a", length=10), line("b", length=10))
        lines = self.line("a") | self.line("b")
        lines.length = 15
        self.load(line("a", length=20), line("b", length=20))
        admin = self.users["admin"]
        lines[0].with_user(admin).action_take_upstream()
        lines[1].with_user(admin).action_keep_ours()
        self.assertEqual(lines.mapped("length"), [20, 15])
        self.assertEqual(lines.mapped("upstream_state"), ["same", "edited"])
        self.load(line("a", length=20), line("b", length=20))
        self.assertEqual(lines.mapped("upstream_state"), ["same", "edited"])
        self.load(line("a", length=20), line("b", length=15))
        self.assertEqual(lines.mapped("upstream_state"), ["same", "same"], "both sides agree again")

    def test_what_is_no_longer_delivered_is_marked(self):
        self.load(line("a"), line("b"), line("c"))
        a, b = self.line("a"), self.line("b")
        b.length = 7
        self.load(line("c"))
        self.assertEqual((a.active, a.upstream_state), (False, "removed"))
        self.assertEqual((b.active, b.upstream_state), (True, "removed"))
        a.active = True
        self.load(line("c"))
        self.assertTrue(a.active, "switched on again by a person")
        self.load(line("a"), line("c"))
        self.assertEqual((a.active, a.upstream_state), (True, "same"))

    def test_every_line_of_every_platform_leads_somewhere(self):
        self.assertEqual(broken_lines(self.env), [])
