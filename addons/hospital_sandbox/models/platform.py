from odoo import api, models
from odoo.tools import config


class HospitalPlatform(models.Model):
    _inherit = "hospital.platform"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("mode") == "sandbox":
            # who changes a mode need not be allowed to enter secrets
            _sandbox_sudo = self.env["hospital.sandbox"].sudo()
            for platform in self.sudo():
                if _sandbox_sudo._far_side(platform)._needs_keys(platform):
                    _sandbox_sudo._make_keys(platform)
        return result

    def _sandbox_url(self):
        """This very server, past whatever stands before it."""
        host = config["http_interface"] or "127.0.0.1"
        if host in ("0.0.0.0", "::"):  # noqa: S104 listens everywhere, is called here
            host = "127.0.0.1"
        return f"http://{host}:{config['http_port']}/sandbox/{self.code}"

    @api.depends("mode", "code", "protocol", "url_sandbox", "url_test", "url_production")
    def _compute_url(self):
        result = super()._compute_url()
        for platform in self:
            if platform.mode == "sandbox" and not platform.url_sandbox:
                where = {
                    "hospital.protocol.database": f"schema hospital_sandbox_{platform.code}",
                    "hospital.protocol.file": f"data_dir/hospital_sandbox/…/{platform.code}",
                }
                platform.url = where.get(platform.protocol) or platform._sandbox_url()
        return result
