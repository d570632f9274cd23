from odoo import models


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        """Every addon with demo data runs all steps: platforms that come later get their sandbox as well."""
        return [*super()._steps(), "_demo_sandbox", "_demo_echo_notes"]

    def _demo_sandbox(self):
        """Platforms of addons, which nobody has set up yet, begin with the sandbox."""
        platforms = self.env["hospital.sandbox"]._shipped_platforms()
        platforms.filtered(
            lambda platform: platform.mode == "disabled" and platform.protocol != "hospital.protocol.view"
        ).write({"mode": "sandbox"})

    def _demo_echo_notes(self):
        texts = ["夜班交接已完成", "三楼打印机换了硒鼓", "核酸样本已送检"]
        self._load(
            "hospital.echo.note",
            "echo_note",
            {f"{number:04}": {"text": text} for number, text in enumerate(texts, 1)},
            "hospital_sandbox",
        )
