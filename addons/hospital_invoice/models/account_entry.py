from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from .invoice import MONEY_ROLES

LOOKED_BACK = timedelta(days=31)


class HospitalAccountEntry(models.Model):
    _inherit = "hospital.account.entry"

    invoice_ids = fields.One2many("hospital.invoice", "entry_id", "Electronic bills", groups=MONEY_ROLES)

    def _needs_bill(self):
        """Deposits of stays that came in, and those that were taken back; cards have no receipts."""
        self.ensure_one()
        of_topup = self.kind == "topup" or (self.kind == "reversal" and self.reverses_id.kind == "topup")
        return self.account_kind == "inpatient" and of_topup

    def _bill_now(self):
        for entry in self:
            if entry.kind == "topup":
                self.env["hospital.invoice"]._deposited(entry)
            else:
                self.env["hospital.invoice"]._deposit_back(
                    entry, entry.account_id, -entry.amount, entry=entry.reverses_id
                )

    def _bill_event(self):
        return {"at": self.at, "user": self.user_id, "place": self.place}

    def _bill_patient(self):
        return self.account_id.patient_id

    def _unbilled(self):
        """Entries never change, so that they were looked after is seen by their bills."""
        kind = self.env["hospital.invoice.kind"]._get("deposit")
        starts = [company.hospital_invoice_from for company in self.env["res.company"].search([])]
        if not kind or not any(starts):
            return []
        since = max(min(filter(None, starts)), fields.Datetime.now() - LOOKED_BACK)
        self.env.flush_all()
        query = SQL(
            """SELECT entry.id FROM hospital_account_entry AS entry
                 LEFT JOIN hospital_account_entry AS original ON original.id = entry.reverses_id
                 JOIN res_company AS company ON company.id = entry.company_id
                WHERE entry.account_kind = 'inpatient' AND entry.at >= %(since)s
                  AND entry.at >= company.hospital_invoice_from
                  AND (entry.kind = 'topup' OR (entry.kind = 'reversal' AND original.kind = 'topup' AND EXISTS (
                        SELECT FROM hospital_invoice AS bill
                         WHERE bill.entry_id = original.id AND bill.colour = 'blue' AND bill.state <> 'void'
                           AND bill.is_current)))
                  AND NOT EXISTS (SELECT FROM hospital_invoice AS bill
                                   WHERE bill.res_model = %(model)s AND bill.res_id = entry.id)
                ORDER BY entry.id""",
            since=since,
            model=self._name,
        )
        return list(self.browse(row[0] for row in self.env.execute_query(query)))
