from odoo import models
from odoo.tools import SQL


class HospitalAccount(models.Model):
    """The receipts of the deposits that were booked on an account."""

    _name = "hospital.account"
    _inherit = ["hospital.account", "hospital.invoice.link.mixin"]
    _invoice_path = "entry_id.account_id"

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
