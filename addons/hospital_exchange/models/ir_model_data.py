from odoo import api, models


class IrModelData(models.Model):
    _inherit = "ir.model.data"

    @api.model
    def _process_end_unlink_record(self, record):
        """A row that the newer version of an addon no longer brings is marked, not deleted: it may be in use here."""
        if hasattr(record, "_upstream_remove"):
            return record._upstream_remove()
        return super()._process_end_unlink_record(record)
