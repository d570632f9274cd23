from odoo import api, fields, models

from ..tools.file_formats import ENCODINGS, FORMATS


class HospitalInterface(models.Model):
    """How the files of an interface are written."""

    _inherit = "hospital.interface"

    file_format = fields.Selection(FORMATS, "Format of the file", required=True, default="json")
    file_encoding = fields.Selection(ENCODINGS, "Characters of the file", required=True, default="utf-8")

    is_file = fields.Boolean("Goes through a folder", compute="_compute_is_file")

    @api.depends("platform_id.protocol", "direction")
    def _compute_is_file(self):
        for interface in self:
            _platform_sudo = interface.sudo().platform_id  # how its platform is spoken to is no secret
            interface.is_file = interface.direction == "file" or _platform_sudo.protocol == "hospital.protocol.file"

    def _file_layout(self, part):
        """(names of the columns, their widths in bytes), as the field lines say."""
        lines = self.field_ids.filtered(
            lambda line: line.part == part and line.active and line.type not in ("list", "object")
        )
        lines = lines.sorted("sequence")
        return [line.path.rpartition("[].")[2] for line in lines], [line.length for line in lines]
