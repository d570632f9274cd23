from odoo import fields, models
from odoo.tools import SQL

DIFFERENCES = SQL.identifier("hospital_recon_differences")


class HospitalRecon(models.Model):
    """Matching, set by set in the database: what is equal on both sides never leaves it."""

    _inherit = "hospital.recon"

    def _match(self):
        """Find the differences of each day anew. Running it twice changes nothing; decisions stay where the facts stay."""
        self.env.flush_all()
        for recon in self.sudo():  # rows are written by code alone; who may match was checked by the caller
            if not recon.bill_id:
                continue
            before, was = recon._result(), recon.state
            recon._match_day()
            recon.invalidate_recordset()
            if recon._result() != before:
                recon._note_match()
            recon._note_state(was)

    def _match_day(self):
        self.ensure_one()
        query = self.env.execute_query
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS %s", DIFFERENCES))
        cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE %s (line_kind varchar, key varchar, nth int, order_id int, refund_line_id int,
                          bill_line_id int, our_amount numeric, their_amount numeric, our_counted boolean,
                          their_counted boolean, kind varchar, dropped boolean DEFAULT false) ON COMMIT DROP""",
                DIFFERENCES,
            )
        )
        cr.execute(self._sql_payments())
        cr.execute(self._sql_refunds())
        [[found]] = query(SQL("SELECT count(*) FROM %s", DIFFERENCES))
        if found:
            cr.execute(SQL("ANALYZE %s", DIFFERENCES))
            for statement in (
                self._sql_join_by_channel_number("pay"),
                self._sql_join_by_channel_number("refund"),
                self._sql_find_orders(),
                self._sql_find_refunds(),
                self._sql_taken_back(),
                self._sql_other_days(),
                self._sql_name_kinds(),
            ):
                cr.execute(statement)
        cr.execute(self._sql_forget_items())
        if found:
            cr.execute(self._sql_keep_items())
        cr.execute(self._sql_totals())
        self.invalidate_recordset()
        self.env["hospital.recon.item"].invalidate_model()
        self.item_ids._reopen_changed()
        self._sum_up()

    # === BOTH SIDES ===

    def _bounds(self):
        return self.company_id._hospital_day_bounds(self.day)

    def _sql_payments(self):
        """Paid orders against the payments of the bill; only what is not equal comes out."""
        return SQL(
            """INSERT INTO %(differences)s (line_kind, key, nth, order_id, bill_line_id, our_amount, their_amount,
                      our_counted, their_counted)
               SELECT 'pay', COALESCE(ours.number, theirs.key), 1, ours.id, theirs.id, ours.amount, theirs.amount,
                      ours.id IS NOT NULL, theirs.id IS NOT NULL
                 FROM (SELECT id, number, amount FROM hospital_pay_order
                        WHERE merchant_id = %(merchant)s AND day = %(day)s AND state = 'paid') AS ours
                 FULL JOIN (SELECT id, key, amount FROM hospital_bill_line
                             WHERE bill_id = %(bill)s AND kind = 'pay' AND nth = 1) AS theirs
                   ON theirs.key = ours.number
                WHERE ours.id IS NULL OR theirs.id IS NULL OR ours.amount <> theirs.amount
               UNION ALL
               SELECT 'pay', key, nth, NULL, id, NULL, amount, false, true
                 FROM hospital_bill_line WHERE bill_id = %(bill)s AND kind = 'pay' AND nth > 1""",
            differences=DIFFERENCES,
            merchant=self.merchant_id.id,
            day=self.day,
            bill=self.bill_id.id,
        )

    def _sql_our_refunds(self):
        start, end = self._bounds()
        return SQL(
            """SELECT line.id, line.order_id, line.number, line.amount FROM hospital_refund_line AS line
                 JOIN hospital_pay_order AS paid ON paid.id = line.order_id
                WHERE paid.merchant_id = %s AND line.way = 'original' AND line.state = 'done'
                  AND line.done_at >= %s AND line.done_at < %s""",
            self.merchant_id.id,
            start,
            end,
        )

    def _sql_refunds(self):
        """The same for refund lines, of which an order may have several."""
        return SQL(
            """INSERT INTO %(differences)s (line_kind, key, nth, order_id, refund_line_id, bill_line_id, our_amount,
                      their_amount, our_counted, their_counted)
               SELECT 'refund', COALESCE(ours.number, theirs.key), 1, ours.order_id, ours.id, theirs.id, ours.amount,
                      theirs.amount, ours.id IS NOT NULL, theirs.id IS NOT NULL AND theirs.state = 'done'
                 FROM (%(ours)s) AS ours
                 FULL JOIN (SELECT id, key, amount, state FROM hospital_bill_line
                             WHERE bill_id = %(bill)s AND kind = 'refund' AND nth = 1) AS theirs
                   ON theirs.key = ours.number
                WHERE ours.id IS NULL OR theirs.id IS NULL OR ours.amount <> theirs.amount OR theirs.state <> 'done'
               UNION ALL
               SELECT 'refund', key, nth, NULL, NULL, id, NULL, amount, false, state = 'done'
                 FROM hospital_bill_line WHERE bill_id = %(bill)s AND kind = 'refund' AND nth > 1""",
            differences=DIFFERENCES,
            ours=self._sql_our_refunds(),
            bill=self.bill_id.id,
        )

    # === A CLOSER LOOK AT WHAT IS NOT EQUAL ===

    def _sql_join_by_channel_number(self, line_kind):
        """Lines without our number, as statements of banks are, are found by the number of the channel or of the slip."""
        if line_kind == "pay":
            numbers = SQL(
                """JOIN hospital_pay_order AS paid ON paid.id = found.order_id,
                   LATERAL (VALUES (paid.channel_number), (paid.manual_reference)) AS number(value)"""
            )
        else:
            numbers = SQL(
                """JOIN hospital_refund_line AS line ON line.id = found.refund_line_id,
                   LATERAL (VALUES (line.channel_number)) AS number(value)"""
            )
        return SQL(
            """WITH ours AS (
                   SELECT found.key, found.order_id, found.refund_line_id, found.our_amount, number.value
                     FROM %(differences)s AS found %(numbers)s
                    WHERE found.line_kind = %(kind)s AND found.bill_line_id IS NULL AND number.value <> ''
               ), pair AS (
                   SELECT DISTINCT ON (theirs.bill_line_id) theirs.bill_line_id, ours.*,
                          row_number() OVER (PARTITION BY ours.key ORDER BY theirs.bill_line_id) AS nth_of_ours
                     FROM %(differences)s AS theirs
                     JOIN hospital_bill_line AS line ON line.id = theirs.bill_line_id
                     JOIN ours ON ours.value IN (line.channel_number, line.our_number, line.our_refund_number)
                    WHERE theirs.line_kind = %(kind)s AND theirs.order_id IS NULL AND theirs.refund_line_id IS NULL
                    ORDER BY theirs.bill_line_id, ours.our_amount = theirs.their_amount DESC, ours.key
               ), joined AS (
                   UPDATE %(differences)s AS found
                      SET key = pair.key, nth = 1, order_id = pair.order_id, refund_line_id = pair.refund_line_id,
                          our_amount = pair.our_amount, our_counted = true,
                          dropped = found.their_counted AND pair.our_amount = found.their_amount
                     FROM pair WHERE pair.nth_of_ours = 1 AND found.bill_line_id = pair.bill_line_id
                   RETURNING pair.key
               )
               UPDATE %(differences)s AS found SET dropped = true
                 FROM joined WHERE found.line_kind = %(kind)s AND found.key = joined.key AND found.bill_line_id IS NULL""",
            numbers=numbers,
            differences=DIFFERENCES,
            kind=line_kind,
        )

    def _sql_find_orders(self):
        """Their payments: is there an order of ours with this number that is not among the paid ones of the day?"""
        return SQL(
            """UPDATE %(differences)s AS found SET order_id = other.id, our_amount = other.amount
                 FROM hospital_pay_order AS other
                WHERE found.line_kind = 'pay' AND found.order_id IS NULL AND found.nth = 1 AND NOT found.dropped
                  AND other.number = found.key AND other.merchant_id = %(merchant)s""",
            differences=DIFFERENCES,
            merchant=self.merchant_id.id,
        )

    def _sql_find_refunds(self):
        """Their refunds: the same, and at least the order when the refund is unknown."""
        return SQL(
            """WITH line AS (
                   UPDATE %(differences)s AS found
                      SET refund_line_id = other.id, order_id = other.order_id, our_amount = other.amount
                     FROM hospital_refund_line AS other
                     JOIN hospital_pay_order AS paid ON paid.id = other.order_id
                    WHERE found.line_kind = 'refund' AND found.refund_line_id IS NULL AND found.nth = 1
                      AND NOT found.dropped AND other.number = found.key AND paid.merchant_id = %(merchant)s
                   RETURNING found.bill_line_id
               )
               UPDATE %(differences)s AS found SET order_id = paid.id
                 FROM hospital_bill_line AS theirs
                 JOIN hospital_pay_order AS paid
                   ON paid.number = theirs.our_number AND paid.merchant_id = %(merchant)s
                WHERE found.line_kind = 'refund' AND found.order_id IS NULL AND NOT found.dropped
                  AND theirs.id = found.bill_line_id
                  AND found.bill_line_id NOT IN (SELECT bill_line_id FROM line)""",
            differences=DIFFERENCES,
            merchant=self.merchant_id.id,
        )

    def _sql_taken_back(self):
        """An order that we took back after the channel had been paid stands in the bill twice and is worth nothing."""
        return SQL(
            """WITH pair AS (
                   SELECT paid.bill_line_id AS paid_line, back.bill_line_id AS back_line
                     FROM %(differences)s AS paid
                     JOIN hospital_pay_order AS ours ON ours.id = paid.order_id AND ours.state IN ('closed', 'failed')
                     JOIN %(differences)s AS back ON back.line_kind = 'refund' AND back.order_id = paid.order_id
                      AND back.refund_line_id IS NULL AND back.their_amount = paid.their_amount AND back.nth = 1
                    WHERE paid.line_kind = 'pay' AND paid.nth = 1 AND NOT paid.our_counted AND back.their_counted
               )
               UPDATE %(differences)s AS found SET dropped = true FROM pair
                WHERE found.bill_line_id IN (pair.paid_line, pair.back_line)""",
            differences=DIFFERENCES,
        )

    def _sql_other_days(self):
        """Both sides have it, one of them on another day: around midnight, or paid later than we had believed."""
        return SQL(
            """UPDATE %(differences)s AS found SET kind = 'day'
                 FROM (
                   SELECT found.line_kind, found.key
                     FROM %(differences)s AS found
                     LEFT JOIN hospital_pay_order AS paid ON paid.id = found.order_id
                     LEFT JOIN hospital_refund_line AS line ON line.id = found.refund_line_id
                    WHERE NOT found.dropped AND found.nth = 1 AND NOT found.our_counted AND found.their_counted
                      AND found.our_amount = found.their_amount
                      AND CASE found.line_kind WHEN 'pay' THEN paid.state = 'paid' ELSE line.state = 'done' END
                      AND NOT EXISTS (SELECT FROM hospital_bill_line AS theirs
                                        JOIN hospital_bill AS bill ON bill.id = theirs.bill_id AND bill.state = 'live'
                                         AND bill.merchant_id = %(merchant)s AND bill.id <> %(bill)s
                                       WHERE theirs.key = found.key AND theirs.kind = found.line_kind
                                         AND theirs.state = 'done')
                   UNION ALL
                   SELECT found.line_kind, found.key
                     FROM %(differences)s AS found
                     JOIN hospital_bill_line AS theirs ON theirs.key = found.key AND theirs.kind = found.line_kind
                      AND theirs.state = 'done' AND theirs.nth = 1 AND theirs.amount = found.our_amount
                     JOIN hospital_bill AS bill ON bill.id = theirs.bill_id AND bill.state = 'live'
                      AND bill.merchant_id = %(merchant)s AND bill.id <> %(bill)s
                    WHERE NOT found.dropped AND found.our_counted AND found.bill_line_id IS NULL
                 ) AS elsewhere
                WHERE found.line_kind = elsewhere.line_kind AND found.key = elsewhere.key AND found.nth = 1""",
            differences=DIFFERENCES,
            merchant=self.merchant_id.id,
            bill=self.bill_id.id,
        )

    def _sql_name_kinds(self):
        """What neither side has as money is no difference; the rest is called by its kind."""
        return SQL(
            """WITH gone AS (
                   DELETE FROM %(differences)s WHERE dropped OR NOT (our_counted OR their_counted)
               )
               UPDATE %(differences)s SET kind = CASE
                   WHEN bill_line_id IS NULL THEN 'only_ours'
                   WHEN our_counted AND NOT their_counted THEN 'state'
                   WHEN NOT our_counted AND CASE line_kind
                        WHEN 'pay' THEN EXISTS (SELECT FROM hospital_pay_order AS ours
                                                 WHERE ours.id = order_id AND ours.state <> 'paid')
                        ELSE EXISTS (SELECT FROM hospital_refund_line AS ours
                                      WHERE ours.id = refund_line_id AND ours.state <> 'done') END THEN 'state'
                   WHEN NOT our_counted THEN 'only_theirs'
                   ELSE 'amount' END
                WHERE kind IS NULL AND NOT dropped AND (our_counted OR their_counted)""",
            differences=DIFFERENCES,
        )

    # === WHAT IS KEPT ===

    def _sql_facts(self):
        """A row per difference as an item keeps it. `difference` is what our net has more than theirs."""
        return SQL(
            """SELECT found.line_kind || ':' || found.key || ':' || found.nth AS key, found.kind, found.line_kind,
                      found.order_id, found.refund_line_id, found.bill_line_id,
                      COALESCE(line.number, paid.number, theirs.our_refund_number, theirs.our_number) AS our_number,
                      COALESCE(theirs.channel_number, line.channel_number, paid.channel_number) AS channel_number,
                      COALESCE(found.our_amount, 0) AS our_amount, COALESCE(found.their_amount, 0) AS their_amount,
                      CASE found.line_kind WHEN 'pay' THEN paid.state ELSE line.state END AS our_state,
                      theirs.state AS their_state,
                      CASE found.line_kind WHEN 'pay' THEN paid.paid_at ELSE line.done_at END AS our_at,
                      theirs.at AS their_at,
                      CASE found.line_kind WHEN 'pay' THEN 1 ELSE -1 END
                      * (CASE WHEN our_counted THEN found.our_amount ELSE 0 END
                         - CASE WHEN their_counted THEN found.their_amount ELSE 0 END) AS difference
                 FROM %s AS found
                 LEFT JOIN hospital_bill_line AS theirs ON theirs.id = found.bill_line_id
                 LEFT JOIN hospital_refund_line AS line ON line.id = found.refund_line_id
                 LEFT JOIN hospital_pay_order AS paid ON paid.id = found.order_id""",
            DIFFERENCES,
        )

    def _sql_forget_items(self):
        """What is no difference any more and was not decided goes; what was decided stays as it was decided."""
        return SQL(
            """WITH gone AS (
                   DELETE FROM hospital_recon_item AS item
                    WHERE item.recon_id = %(recon)s AND item.state IN ('open', 'second', 'elsewhere')
                      AND NOT EXISTS (SELECT FROM %(differences)s AS found
                                       WHERE item.key = found.line_kind || ':' || found.key || ':' || found.nth)
               )
               UPDATE hospital_recon_item AS item SET is_live = false
                WHERE item.recon_id = %(recon)s AND item.state = 'decided' AND item.is_live
                  AND NOT EXISTS (SELECT FROM %(differences)s AS found
                                   WHERE item.key = found.line_kind || ':' || found.key || ':' || found.nth)""",
            recon=self.id,
            differences=DIFFERENCES,
        )

    def _sql_keep_items(self):
        """New differences come, known ones stay with their decision as long as the facts are the same."""
        return SQL(
            """INSERT INTO hospital_recon_item AS item
                      (recon_id, merchant_id, channel_id, campus_id, company_id, day, found_at, is_live, state, fingerprint,
                       key, kind, line_kind, order_id, refund_line_id, bill_line_id, our_number, channel_number,
                       our_amount, their_amount, our_state, their_state, our_at, their_at, difference, open_difference,
                       create_uid, write_uid, create_date, write_date)
               SELECT %(recon)s, %(merchant)s, %(channel)s, %(campus)s, %(company)s, %(day)s, %(now)s, true,
                      CASE kind WHEN 'day' THEN 'elsewhere' ELSE 'open' END,
                      concat_ws('|', kind, our_amount, their_amount, our_state, their_state, channel_number), facts.*,
                      CASE kind WHEN 'day' THEN 0 ELSE difference END, %(user)s, %(user)s, %(now)s, %(now)s
                 FROM (%(facts)s) AS facts
               ON CONFLICT (recon_id, key) DO UPDATE SET
                      is_live = true, fingerprint = EXCLUDED.fingerprint, kind = EXCLUDED.kind,
                      order_id = EXCLUDED.order_id, refund_line_id = EXCLUDED.refund_line_id,
                      bill_line_id = EXCLUDED.bill_line_id, our_number = EXCLUDED.our_number,
                      channel_number = EXCLUDED.channel_number, our_amount = EXCLUDED.our_amount,
                      their_amount = EXCLUDED.their_amount, our_state = EXCLUDED.our_state,
                      their_state = EXCLUDED.their_state, our_at = EXCLUDED.our_at, their_at = EXCLUDED.their_at,
                      difference = EXCLUDED.difference,
                      state = CASE WHEN item.fingerprint = EXCLUDED.fingerprint THEN item.state ELSE EXCLUDED.state END,
                      open_difference = CASE WHEN item.fingerprint = EXCLUDED.fingerprint THEN item.open_difference
                                             ELSE EXCLUDED.open_difference END
                WHERE (item.fingerprint, item.bill_line_id, item.is_live)
                      IS DISTINCT FROM (EXCLUDED.fingerprint, EXCLUDED.bill_line_id, true)""",
            recon=self.id,
            merchant=self.merchant_id.id,
            channel=self.channel_id.id,
            campus=self.campus_id.id,
            company=self.company_id.id,
            day=self.day,
            now=fields.Datetime.now(),
            user=self.env.uid,
            facts=self._sql_facts(),
        )

    # === SUMS ===

    def _sql_totals(self):
        return SQL(
            """UPDATE hospital_recon AS recon
                  SET our_pay_count = paid.count, our_pay_amount = paid.amount, our_refund_count = back.count,
                      our_refund_amount = back.amount, our_net = paid.amount - back.amount,
                      their_pay_count = bill.pay_count, their_pay_amount = bill.pay_amount,
                      their_refund_count = bill.refund_count, their_refund_amount = bill.refund_amount,
                      their_net = bill.pay_amount - bill.refund_amount, their_fee = bill.fee_amount,
                      matched_at = %(now)s
                 FROM (SELECT count(*) AS count, COALESCE(sum(amount), 0) AS amount FROM hospital_pay_order
                        WHERE merchant_id = %(merchant)s AND day = %(day)s AND state = 'paid') AS paid,
                      (SELECT count(*) AS count, COALESCE(sum(amount), 0) AS amount FROM (%(refunds)s) AS line) AS back,
                      hospital_bill AS bill
                WHERE recon.id = %(recon)s AND bill.id = recon.bill_id""",
            now=fields.Datetime.now(),
            merchant=self.merchant_id.id,
            day=self.day,
            refunds=self._sql_our_refunds(),
            recon=self.id,
        )

    def _sum_up(self):
        """Counts and sums of the differences, and the state that follows: settled when nothing is left to decide."""
        self.env.flush_all()
        for recon in self.sudo():  # rows are written by code alone
            [[live, left, decided, rest]] = self.env.execute_query(
                SQL(
                    """SELECT count(*) FILTER (WHERE is_live),
                              count(*) FILTER (WHERE is_live AND state IN ('open', 'second')),
                              COALESCE(sum(difference - open_difference) FILTER (WHERE is_live), 0),
                              COALESCE(sum(open_difference) FILTER (WHERE is_live), 0)
                         FROM hospital_recon_item WHERE recon_id = %s""",
                    recon.id,
                )
            )
            [[both]] = self.env.execute_query(
                SQL(
                    """SELECT count(*) FROM hospital_recon_item WHERE recon_id = %s AND is_live AND bill_line_id IS NOT NULL""",
                    recon.id,
                )
            )
            lines = recon.bill_id.line_count
            vals = {
                "difference": recon.our_net - recon.their_net if recon.bill_id else 0.0,
                "decided_difference": decided if recon.bill_id else 0.0,
                "open_difference": rest if recon.bill_id else 0.0,
                "difference_count": live,
                "open_count": left,
                "matched_count": lines - both if recon.bill_id else 0,
            }
            vals["state"] = "waiting" if not recon.bill_id else "open" if left else "settled"
            changed = {name: value for name, value in vals.items() if recon[name] != value}
            if changed.get("state") == "settled":
                changed["settled_at"] = fields.Datetime.now()
            elif "state" in changed:
                changed["settled_at"] = False
            if changed:
                recon.write(changed)
        self.env.flush_all()

    def _result(self):
        """What matching found, to see whether it found anything new."""
        return (
            self.bill_id.id,
            self.our_net,
            self.their_net,
            self.our_pay_count,
            self.our_refund_count,
            sorted(self.env.execute_query(
                SQL("SELECT key, fingerprint FROM hospital_recon_item WHERE recon_id = %s AND is_live", self.id)
            )),
        )  # fmt: skip

    def _note_state(self, was):
        if self.state != was and self.state == "settled":
            self.env["hospital.recon.log"]._add(self, "settle")
        elif was == "settled" and self.state == "open":
            self.env["hospital.recon.log"]._add(self, "reopen")

    def _note_match(self):
        self.env["hospital.recon.log"]._add(
            self,
            "match",
            self.env._(
                "%(matched)s matched, %(differences)s differences, %(left)s of them open, %(amount)s",
                matched=self.matched_count,
                differences=self.difference_count,
                left=self.open_count,
                amount=self.currency_id.format(self.open_difference),
            ),
        )
