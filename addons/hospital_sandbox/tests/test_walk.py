import shutil
from pathlib import Path

from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.hospital_base.tests.common import proves

from . import walk
from .sandbox_common import SandboxCase


@tagged("post_install", "-at_install")
class TestEveryRow(SandboxCase):
    """Every row of every platform that is installed, whichever addon it came with."""

    @proves("S1-3.1")
    def test_rows_fit_together(self):
        wrong = {}
        for platform in walk.platforms(self.env):
            if found := walk.wrong_rows(self.env, platform):
                wrong[platform.code] = found
        self.assertFalse(wrong)

    def test_sandbox_answers_every_interface(self):
        folder = Path(config["data_dir"]) / "hospital_sandbox" / self.env.cr.dbname
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        wrong = []
        tried = 0
        for platform in walk.platforms(self.env):
            sent = platform.interface_ids.filtered(lambda interface: interface.direction in walk.SENT)
            if sent:
                platform.mode = "sandbox"
                self.env["hospital.sandbox"]._make_keys(platform)
            for interface in sent:
                with self.subTest(platform=platform.code, interface=interface.code):
                    tried += 1
                    wrong += filter(None, [walk.try_out(self, interface)])
        self.assertFalse(wrong)
        self.assertGreaterEqual(tried, 5)
