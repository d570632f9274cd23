import os
from pathlib import Path

from odoo import api, models
from odoo.tools import config

from odoo.addons.hospital_exchange.tools.safe_folder import SafeFolder


class HospitalProtocolFile(models.AbstractModel):
    """In sandbox mode the folder both sides reach is one of our own."""

    _inherit = "hospital.protocol.file"

    @api.model
    def _folder(self, platform, inside=""):
        if platform.mode != "sandbox" or platform.url_sandbox:
            return super()._folder(platform, inside)
        folder = self._sandbox_folder(platform)
        wanted = (folder / inside).resolve()
        if wanted.is_relative_to(folder):
            wanted.mkdir(parents=True, exist_ok=True)
        return SafeFolder(f"{folder}/{inside}".rstrip("/"), [str(folder)])

    @api.model
    def _sandbox_folder(self, platform):
        path = Path(config["data_dir"]) / "hospital_sandbox" / self.env.cr.dbname / platform.code
        path.mkdir(parents=True, exist_ok=True)
        return Path(os.path.realpath(path))
