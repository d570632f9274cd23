from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.hospital_payment.models.recon_match import DIFFERENCES


class HospitalRecon(models.Model):
    """Bills against bills: the same matching as of payments, with bills on our side."""

    _inherit = "hospital.recon"

    def _match_day(self):
        result = super()._match_day()
        if self.is_of_invoices:
            self.env.cr.execute(
                SQL(
                    """UPDATE hospital_recon_item AS item SET invoice_id = ours.id FROM hospital_invoice AS ours
                        WHERE item.recon_id = %s AND item.our_number = ours.number""",
                    self.id,
                )
            )
            self.env["hospital.recon.item"].invalidate_model(["invoice_id"])
        return result

    def _sql_payments(self):
        return self._sql_invoices("blue") if self.is_of_invoices else super()._sql_payments()

    def _sql_refunds(self):
        return self._sql_invoices("red") if self.is_of_invoices else super()._sql_refunds()

    def _sql_invoices(self, colour):
        """What is not equal: a bill known by its business number has to have the same code and number as well.

        Where only the totals were asked for, because they agree, there is nothing to compare.
        """
        return SQL(
            """INSERT INTO %(differences)s (line_kind, key, nth, bill_line_id, our_amount, their_amount, our_counted,
                      their_counted, kind)
               SELECT %(kind)s, COALESCE(ours.key, theirs.key), 1, theirs.id, abs(ours.amount), theirs.amount,
                      ours.id IS NOT NULL, theirs.id IS NOT NULL,
                      CASE WHEN ours.triple <> theirs.channel_number AND abs(ours.amount) = theirs.amount THEN 'state' END
                 FROM (SELECT id, amount, triple, CASE colour WHEN 'red' THEN triple ELSE number END AS key
                         FROM (%(ours)s) AS bill WHERE colour = %(colour)s) AS ours
                 FULL JOIN (SELECT id, key, amount, channel_number FROM hospital_bill_line
                             WHERE bill_id = %(bill)s AND kind = %(kind)s AND nth = 1) AS theirs
                   ON theirs.key = ours.key
                WHERE NOT %(totals)s AND (ours.id IS NULL OR theirs.id IS NULL OR abs(ours.amount) <> theirs.amount
                      OR ours.triple <> theirs.channel_number)
               UNION ALL
               SELECT %(kind)s, key, nth, id, NULL, amount, false, true, NULL
                 FROM hospital_bill_line WHERE bill_id = %(bill)s AND kind = %(kind)s AND nth > 1""",
            differences=DIFFERENCES,
            kind="refund" if colour == "red" else "pay",
            colour=colour,
            ours=self._sql_our_invoices(),
            bill=self.bill_id.id,
            totals=self.bill_id.is_totals,
        )

    def _sql_other_days(self):
        if not self.is_of_invoices:
            return super()._sql_other_days()
        return SQL(  # ours, and theirs of a bill that we have not got the answer for: the states differ, not the books
            """UPDATE %s AS found SET kind = 'state' FROM hospital_invoice AS ours
                WHERE found.kind IS NULL AND NOT found.our_counted AND ours.number = found.key""",
            DIFFERENCES,
        )

    def _sql_facts(self):
        if not self.is_of_invoices:
            return super()._sql_facts()
        return SQL(
            """SELECT found.line_kind || ':' || found.key || ':' || found.nth AS key, found.kind, found.line_kind,
                      NULL::int AS order_id, NULL::int AS refund_line_id, found.bill_line_id,
                      COALESCE(ours.number, theirs.our_number) AS our_number,
                      COALESCE(theirs.channel_number, ours.batch_code || '-' || ours.bill_number) AS channel_number,
                      COALESCE(found.our_amount, 0) AS our_amount, COALESCE(found.their_amount, 0) AS their_amount,
                      ours.state AS our_state, theirs.state AS their_state, ours.created_at AS our_at, theirs.at AS their_at,
                      CASE found.line_kind WHEN 'pay' THEN 1 ELSE -1 END
                      * (CASE WHEN our_counted THEN found.our_amount ELSE 0 END
                         - CASE WHEN their_counted THEN found.their_amount ELSE 0 END) AS difference
                 FROM %s AS found
                 LEFT JOIN hospital_bill_line AS theirs ON theirs.id = found.bill_line_id
                 LEFT JOIN hospital_invoice AS ours
                   ON CASE found.line_kind WHEN 'pay' THEN ours.number = found.key
                      ELSE ours.batch_code || '-' || ours.bill_number = found.key END""",
            DIFFERENCES,
        )

    def _sql_totals(self):
        if not self.is_of_invoices:
            return super()._sql_totals()
        return SQL(
            """UPDATE hospital_recon AS recon
                  SET our_pay_count = ours.blue, our_pay_amount = ours.blue_amount, our_refund_count = ours.red,
                      our_refund_amount = ours.red_amount, our_net = ours.blue_amount - ours.red_amount,
                      their_pay_count = bill.pay_count, their_pay_amount = bill.pay_amount,
                      their_refund_count = bill.refund_count, their_refund_amount = bill.refund_amount,
                      their_net = bill.pay_amount - bill.refund_amount, their_fee = 0, matched_at = %(now)s
                 FROM (SELECT count(*) FILTER (WHERE colour = 'blue') AS blue,
                              COALESCE(sum(amount) FILTER (WHERE colour = 'blue'), 0) AS blue_amount,
                              count(*) FILTER (WHERE colour = 'red') AS red,
                              COALESCE(-sum(amount) FILTER (WHERE colour = 'red'), 0) AS red_amount
                         FROM (%(ours)s) AS bill) AS ours,
                      hospital_bill AS bill
                WHERE recon.id = %(recon)s AND bill.id = recon.bill_id""",
            now=fields.Datetime.now(),
            ours=self._sql_our_invoices(),
            recon=self.id,
        )
