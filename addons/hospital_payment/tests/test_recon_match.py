from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .recon_common import ReconCase


@tagged("post_install", "-at_install")
class TestReconMatch(ReconCase):
    """Differences that are known beforehand are found, each of its kind, and nothing else."""

    @proves("S2-7.6", "S2-7.8", "S0-8.3")
    def test_every_kind_of_difference(self):
        same = [self.order(10 + n) for n in range(5)]
        only_ours = self.order(31)
        less = self.order(40)
        closed = self.order(50, state="closed", close_result="closed")
        parts = self.order(100)
        first, second, third = self.refund(parts, 10, 20, 30)
        fourth = self.refund(parts, 5, state="processing")
        fifth = self.refund(parts, 7)
        recon = self.load(
            *(self.paid(order) for order in same),
            self.paid("P00000000000000001", 77),
            self.paid(less, 39.5),
            self.paid(closed),
            self.paid(parts),
            self.back(first),
            self.back(second, 19),
            self.back(fourth),
            self.back(fifth, word="REFUND PROCESSING"),
        )
        self.assertEqual(
            self.found(recon),
            {
                only_ours.number: ("only_ours", "pay", 31),
                "P00000000000000001": ("only_theirs", "pay", -77),
                less.number: ("amount", "pay", 0.5),
                closed.number: ("state", "pay", -50),
                second.number: ("amount", "refund", -1),
                third.number: ("only_ours", "refund", -30),
                fourth.number: ("state", "refund", 5),
                fifth.number: ("state", "refund", -7),
            },
        )
        self.assertEqual((recon.our_pay_count, recon.our_pay_amount), (8, 231))
        self.assertEqual((recon.our_refund_count, recon.our_refund_amount), (4, 67))
        self.assertEqual((recon.their_pay_count, recon.their_pay_amount), (9, 326.5))
        self.assertEqual((recon.their_refund_count, recon.their_refund_amount), (3, 34))
        self.assertEqual((recon.our_net, recon.their_net, recon.difference), (164, 292.5, -128.5))
        self.assertEqual((recon.state, recon.open_count, recon.matched_count), ("open", 8, 7))
        self.assertEqual(recon.open_difference, recon.difference)
        self.assert_sums(recon)

    def test_twice_changes_nothing(self):
        order = self.order(10)
        recon = self.load(self.paid(order, 9), self.paid("P00000000000000002", 5))
        items = recon.item_ids.read()
        logs = recon.log_ids.ids
        recon._match()
        recon._match()
        self.assertEqual(recon.item_ids.read(), items)
        self.assertEqual(recon.log_ids.ids, logs)

    def test_a_number_twice_in_the_bill(self):
        order = self.order(10)
        recon = self.load(self.paid(order), self.paid(order), self.paid(order, 11))
        self.assertEqual(recon.item_ids.mapped("kind"), ["only_theirs", "only_theirs"])
        self.assertEqual(sorted(recon.item_ids.mapped("difference")), [-11, -10])
        self.assertEqual(len(set(recon.item_ids.mapped("key"))), 2)
        self.assert_sums(recon)

    def test_a_refund_twice_in_the_bill(self):
        order = self.order(10)
        [line] = self.refund(order, 4)
        recon = self.load(self.paid(order), self.back(line), self.back(line))
        self.assertEqual(recon.item_ids.mapped("kind"), ["only_theirs"])
        self.assertEqual(recon.item_ids.order_id, order)
        self.assertEqual(recon.difference, 4)
        self.assert_sums(recon)

    def test_an_empty_day(self):
        recon = self.load()
        self.assertEqual((recon.state, recon.difference, recon.difference_count), ("settled", 0, 0))
        self.assertTrue(recon.settled_at)

    def test_a_day_that_is_equal_is_settled_at_once(self):
        order = self.order(10)
        [line] = self.refund(order, 4)
        recon = self.load(self.paid(order), self.back(line))
        self.assertEqual((recon.state, recon.matched_count, recon.our_net, recon.their_net), ("settled", 2, 6, 6))

    def test_an_empty_bill_leaves_everything_of_ours(self):
        orders = [self.order(10), self.order(20)]
        recon = self.load()
        self.assertEqual(self.found(recon), {order.number: ("only_ours", "pay", order.amount) for order in orders})
        self.assert_sums(recon)

    def test_the_day_is_that_of_the_hospital(self):
        """22:30 of the day before in UTC is half past six of the day in China; midnight in China divides days."""
        early, late = self.order(1, at=self.moment("00:00:00")), self.order(2, at=self.moment("23:59:59"))
        before, after = self.order(4, at=self.moment("23:59:59", -1)), self.order(8, at=self.moment("00:00:00", 1))
        refunded = self.order(100, at=self.moment("12:00:00", -1))
        inside = self.refund(refunded, 16, at=self.moment("00:00:00"))
        self.refund(refunded, 32, at=self.moment("00:00:00", 1))
        self.refund(refunded, 64, at=self.moment("23:59:59", -1))
        recon = self.load(self.paid(early), self.paid(late), self.back(inside))
        self.assertEqual((recon.state, recon.our_pay_amount, recon.our_refund_amount), ("settled", 3, 16))
        self.assertNotIn(before.number, self.found(recon))
        self.assertNotIn(after.number, self.found(recon))

    def test_midnight_lies_between_both_sides(self):
        """We booked the payment before midnight, the channel after it: no task for a person once both bills are there."""
        order = self.order(25, at=self.moment("23:59:58"))
        first = self.load()
        self.assertEqual(self.found(first), {order.number: ("only_ours", "pay", 25)})
        self.assertEqual(first.state, "open")
        second = self.load(self.paid(order, at=self.moment("00:00:01", 1)), day=self.next_day)
        self.assertEqual(self.found(first), {order.number: ("day", "pay", 25)})
        self.assertEqual(self.found(second), {order.number: ("day", "pay", -25)})
        for recon in first | second:
            self.assertEqual((recon.state, recon.open_count, recon.open_difference), ("settled", 0, 0))
            self.assert_sums(recon)
        self.assertEqual((first | second).item_ids.mapped("state"), ["elsewhere", "elsewhere"])

    def test_midnight_for_a_refund_the_other_way_round(self):
        order = self.order(25, at=self.moment("12:00:00", -1))
        [line] = self.refund(order, 5, at=self.moment("00:00:02", 1))
        first = self.load(self.back(line, at=self.moment("23:59:59")))
        self.assertEqual(self.found(first), {line.number: ("day", "refund", 5)})
        second = self.load(day=self.next_day)
        self.assertEqual(self.found(second), {line.number: ("day", "refund", -5)})
        self.assertEqual((first.state, second.state), ("settled", "settled"))

    def test_the_same_order_in_two_bills_is_no_midnight(self):
        order = self.order(25)
        self.assertEqual(self.load(self.paid(order)).state, "settled")
        second = self.load(self.paid(order, at=self.moment("00:00:01", 1)), day=self.next_day)
        self.assertEqual(self.found(second), {order.number: ("only_theirs", "pay", -25)})

    def test_an_order_that_we_took_back(self):
        """Paid there before our reversal came: it stands in the bill twice and nobody has to look at it."""
        order = self.order(60, state="closed", close_result="refunded")
        recon = self.load(self.paid(order), self.revoked(order))
        self.assertEqual((recon.state, recon.difference, recon.difference_count), ("settled", 0, 0))
        self.assertEqual(recon.their_refund_amount, 60)

    def test_an_order_that_we_closed_but_that_was_paid(self):
        order = self.order(60, state="closed", close_result="closed")
        recon = self.load(self.paid(order))
        item = recon.item_ids
        self.assertEqual((item.kind, item.our_state, item.order_id), ("state", "closed", order))

    def test_two_campuses_are_two_days(self):
        ours, theirs = self.order(10), self.order(20, merchant=self.other_merchant)
        recon = self.load(self.paid(ours), self.paid(theirs))
        self.assertEqual(self.found(recon), {theirs.number: ("only_theirs", "pay", -20)})
        other = self.load(self.paid(theirs), merchant=self.other_merchant)
        self.assertEqual((other.state, other.our_net), ("settled", 20))

    def test_campuses_that_share_a_number_share_the_bill(self):
        self.other_merchant.merchant_number = self.merchant.merchant_number
        ours, theirs = self.order(10), self.order(20, merchant=self.other_merchant)
        content = self.file(self.paid(ours), self.paid(theirs), self.paid("P00000000000000003", 5))
        read = self.env["hospital.bill"]._read
        self.assertEqual(
            [line.our_number for line in read(self.merchant, self.day, content)], [ours.number, "P00000000000000003"]
        )
        self.assertEqual([line.our_number for line in read(self.other_merchant, self.day, content)], [theirs.number])

    def test_a_failed_refund_that_neither_side_has(self):
        order = self.order(10)
        line = self.refund(order, 4, state="failed")
        recon = self.load(self.paid(order), self.back(line, word="REFUND FAIL"))
        self.assertEqual((recon.state, recon.difference_count), ("settled", 0))

    def test_what_was_corrected_is_found_no_more(self):
        order = self.order(10, state="unknown")
        recon = self.load(self.paid(order))
        self.assertEqual(recon.open_count, 1)
        order._step("paid", paid_at=self.moment())
        recon.with_user(self.clerk).action_match()
        self.assertEqual((recon.state, len(recon.item_ids), recon.open_count), ("settled", 0, 0))

    @proves("S2-7.7")
    def test_details_show_both_sides_of_every_line(self):
        same, ours = self.order(10), self.order(20)
        [line] = self.refund(same, 4)
        recon = self.load(self.paid(same), self.back(line), self.paid("P00000000000000004", 5))
        details = self.env["hospital.recon.detail"].with_user(self.clerk).search([("recon_id", "=", recon.id)])
        self.assertEqual(
            {(one.our_number, one.kind, one.our_amount, one.their_amount) for one in details},
            {
                (same.number, "matched", 10, 10),
                (line.number, "matched", 4, 4),
                ("P00000000000000004", "only_theirs", 0, 5),
                (ours.number, "only_ours", 20, 0),
            },
        )
