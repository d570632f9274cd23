from odoo import api, models
from odoo.tools import SQL


class HospitalAccount(models.Model):
    _name = "hospital.account"
    _inherit = ["hospital.account", "hospital.invoice.link.mixin"]
    _invoice_path = "entry_id.account_id"

    @api.model
    def _book(self, vals_list):
        """What comes onto the deposit of a stay gets a receipt; one that is taken back has it flushed."""
        entries = super()._book(vals_list)
        _entries_sudo = entries.sudo()  # on behalf of whoever may move money
        for entry in _entries_sudo.filtered(lambda entry: entry._needs_bill()):
            self.env["hospital.invoice"]._try(entry._bill_now)
        return entries

    def _invoice_counts(self):
        invoices = self.env["hospital.invoice"]
        query = invoices._search(self._invoice_domain())
        entries = query.join(query.table, "entry_id", "hospital_account_entry", "id", "entry")
        return dict(
            self.env.execute_query(
                SQL(
                    "%s GROUP BY 1",
                    query.select(SQL.identifier(entries, "account_id"), SQL("COUNT(*)")),
                )
            )
        )
