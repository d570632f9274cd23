import random
from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.allocation import ACCOUNT, CASH, ORIGINAL, TERMINAL, Part, Payment, allocate, at_desk, irrefundable

NOW = datetime(2026, 3, 1, 12)


def paid(key, days_ago, left, road=ORIGINAL, **limits):
    return Payment(key, NOW - timedelta(days=days_ago), left, road, **limits)


@tagged("post_install", "-at_install")
class TestRefundAllocation(BaseCase):
    def test_the_newest_payment_first(self):
        payments = [paid(1, 30, 10000), paid(2, 2, 3000), paid(3, 9, 5000)]
        self.assertEqual(
            allocate(9000, payments, NOW),
            [Part(2, 3000, ORIGINAL), Part(3, 5000, ORIGINAL), Part(1, 1000, ORIGINAL)],
        )

    @proves("S3-13.1")
    def test_what_cannot_go_back_by_its_road(self):
        payments = [
            paid(1, 400, 2000, until=NOW - timedelta(days=35)),  # the channel's 365 days are over
            paid(2, 5, 1000, times_left=0),  # fifty parts already
            paid(3, 4, 500, CASH),
            paid(4, 3, 700, TERMINAL),
            paid(5, 1, 300, times_left=1, until=NOW + timedelta(days=364)),
        ]
        parts = allocate(5000, payments, NOW)
        self.assertEqual(
            parts,
            [
                Part(5, 300, ORIGINAL),
                Part(4, 700, TERMINAL),
                Part(3, 500, CASH, "cash"),
                Part(2, 1000, CASH, "often"),
                Part(1, 2000, CASH, "late"),
                Part(None, 500, CASH, "unknown"),
            ],
        )
        self.assertEqual(irrefundable(parts), 3500)
        self.assertEqual([part.key for part in at_desk(parts)], [4, 3, 2, 1, None])

    def test_the_last_moment_of_a_channel(self):
        until = paid(1, 365, 100, until=NOW)
        self.assertEqual(allocate(100, [until], NOW)[0].why, "late")
        self.assertEqual(allocate(100, [until], NOW - timedelta(seconds=1))[0].road, ORIGINAL)

    def test_random_money(self):
        """Whatever the payments: nothing is lost, nothing goes by a closed road, nobody gets more than he paid."""
        draw = random.Random(20260301)
        for _round in range(3000):
            payments = [
                paid(
                    key,
                    draw.randrange(500),
                    draw.choice((0, draw.randrange(100_000))),
                    draw.choice((ORIGINAL, ORIGINAL, TERMINAL, CASH, ACCOUNT)),
                    until=draw.choice((None, NOW + timedelta(days=draw.randrange(-5, 5)))),
                    times_left=draw.choice((None, 0, 1, 50)),
                )
                for key in range(draw.randrange(7))
            ]
            amount = draw.randrange(200_000)
            parts = allocate(amount, payments, NOW)
            known = {payment.key: payment for payment in payments}
            self.assertEqual(sum(part.amount for part in parts), amount)
            self.assertEqual(len({part.key for part in parts}), len(parts))
            for part in parts:
                self.assertGreater(part.amount, 0)
                if part.key is None:
                    self.assertEqual((part.road, part.why), (CASH, "unknown"))
                    continue
                payment = known[part.key]
                self.assertLessEqual(part.amount, payment.left)
                closed = payment.times_left == 0 or (payment.until and payment.until <= NOW)
                self.assertEqual(part.road, CASH if closed else payment.road)
                self.assertEqual(bool(part.why), part.road == CASH)
            # a payment gives something only when every newer one has given all it has
            order = sorted(payments, key=lambda payment: (payment.at, payment.key), reverse=True)
            given = {part.key: part.amount for part in parts}
            for newer, older in zip(order, order[1:], strict=False):
                if older.key in given:
                    self.assertEqual(given.get(newer.key, 0), newer.left)
            covered = min(amount, sum(payment.left for payment in payments))
            self.assertEqual(sum(part.amount for part in allocate(amount, payments, NOW, keep_unknown=False)), covered)
