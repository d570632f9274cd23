from odoo import api, models


class HospitalAccount(models.Model):
    _inherit = "hospital.account"

    @api.model
    def _book(self, vals_list):
        """What comes onto the deposit of a stay gets a receipt; one that is taken back has it flushed."""
        entries = super()._book(vals_list)
        _entries_sudo = entries.sudo()  # on behalf of whoever may move money
        for entry in _entries_sudo.filtered(lambda entry: entry._needs_bill()):
            self.env["hospital.invoice"]._try(entry._bill_now)
        return entries
