from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_sandbox.tests import walk
from odoo.addons.hospital_sandbox.tests.sandbox_common import SandboxCase

from .channel_common import CODES


@tagged("post_install", "-at_install")
class TestChannelRows(SandboxCase):
    """Every interface of every channel, with a record of ours, through the engine and back into the record."""

    @proves("S2-6.1")
    def test_every_row(self):
        for channel in CODES:
            platform = self.env.ref(f"hospital_payment.platform_{channel}")
            platform.mode = "sandbox"
            self.assertEqual(walk.wrong_rows(self.env, platform), [])
            for interface in platform.interface_ids.filtered(lambda one: one.direction == "out"):
                with self.subTest(channel=channel, interface=interface.code):
                    self.assertIsNone(walk.try_out(self, interface))

    def test_demo_merchants(self):
        self.env["hospital.campus"].create({"name": "Demo campus", "code": "DEMO-CAMPUS"})
        self.env["hospital.demo"]._demo_pay_channels()
        merchants = self.env["hospital.pay.merchant"].search([("campus_id.code", "=", "DEMO-CAMPUS")])
        self.assertEqual(set(merchants.channel_id.mapped("code")), set(CODES))
        self.assertEqual(set(merchants.platform_id.mapped("mode")), {"sandbox"})
        self.assertTrue(all(merchants.platform_id.mapped("secret_ids")))
