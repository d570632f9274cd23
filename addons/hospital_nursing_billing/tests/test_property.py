import random
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .common import LEVEL_PRICES, NursingCase

HISTORIES = 24
STEPS = 9


@tagged("post_install", "-at_install", "slow")
class TestRandomHistories(NursingCase):
    """Whatever happens in whatever order, the charges are those of a slow reckoning that knows nothing of the code."""

    @proves("S3-5.1", "S3-5.2", "S3-5.3", "S3-5.4")
    def test_charges_equal_a_slow_reckoning(self):
        for seed in range(HISTORIES):
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                draw = random.Random(seed)
                encounter = self.history(draw)
                self.post(encounter)
                self.assertEqual(self.charged(encounter), self.slowly(encounter))
                self.assertEqual(self.post(encounter)["patients"], 0)
                self.assertEqual(
                    self.charged(encounter),
                    {
                        (day.date - self.first).days + 1: Decimal(str(day.amount))
                        for day in encounter.nursing_day_ids
                        if day.amount
                    },
                )
                savepoint.rollback()
                self.env.invalidate_all()

    # === HISTORIES ===

    def history(self, draw):
        self.prices = [(1, Decimal("100"))]
        self.plan.write(
            {
                "reach": draw.choice(["segmented", "segmented", "whole_stay"]),
                "number_by": draw.choice(["hospital", "hospital", "whole"]),
            }
        )
        encounter = self.new_encounter(registered_at=self.at("1 00:00"))
        encounter = encounter.with_context(hospital_nursing_later=draw.random() < 0.5)
        bed = draw.choice([self.m1, self.m2, self.s1])
        encounter._admit(bed, self.moment(draw, 1, 1), self.department(bed), reason="test")
        longest = draw.choice([2, 4, 17, 33, 44])
        for _step in range(STEPS):
            step = draw.choice(
                [self.move, self.move, self.leave, self.night, self.out, self.back, self.choice, self.price, self.level]
            )
            try:
                with self.env.cr.savepoint():
                    step(draw, encounter, longest)
            except UserError:
                self.env.invalidate_all()  # the ward refuses what makes no sense
        return encounter

    def moment(self, draw, first, last):
        clock = draw.choice([time(0, 0), time(0, 1), time(23, 59), time(draw.randint(0, 23), draw.randint(0, 59))])
        return self.local(datetime.combine(self.day(draw.randint(first, last)), clock).isoformat())

    def move(self, draw, encounter, longest):
        bed = draw.choice([self.m1, self.m2, self.s1, self.s2])
        encounter._transfer(bed, self.moment(draw, 1, longest), self.department(bed), reason="test")

    def leave(self, draw, encounter, longest):
        start = self.moment(draw, 1, longest)
        end = start + timedelta(minutes=draw.choice([90, 60 * 14, 60 * 30, 60 * 24 * 3]))
        encounter._start_leave(start, reason="test", end_at=draw.choice([end, end, None]))

    def night(self, draw, encounter, longest):
        self.post(encounter, through=self.day(draw.randint(1, longest)))

    def out(self, draw, encounter, longest):
        encounter._discharge(self.moment(draw, 1, longest + 1), reason="test")

    def back(self, draw, encounter, longest):
        encounter._undo_discharge("test")

    def choice(self, draw, encounter, longest):
        self.choose(encounter, draw.choice(["whole", "original"]))

    def price(self, draw, encounter, longest):
        day, price = draw.randint(2, longest), Decimal(draw.randint(5000, 15000)) / 100
        self.plan.price_ids = [
            Command.create(
                {
                    "kind": "whole",
                    "product_id": self.items["whole"].id,
                    "price_rule": "fixed",
                    "price": float(price),
                    "date_from": self.day(day),
                }
            )
        ]
        self.prices.append((day, price))

    def level(self, draw, encounter, longest):
        self.env["hospital.nursing.level"].with_context(hospital_nursing_later=True).create(
            {"encounter_id": encounter.id, "level": draw.choice("0123"), "start_at": self.moment(draw, 1, longest)}
        )

    # === THE SLOW RECKONING: day by day, looking everything up from the beginning each time ===

    def local_wall(self, moment):
        """China has had one time for thirty years."""
        return moment + timedelta(hours=8) if moment else None

    def slowly(self, encounter):
        stays = [
            (self.local_wall(stay.start_at), self.local_wall(stay.end_at), stay.ward_id) for stay in encounter.stay_ids
        ]
        leaves = [(self.local_wall(leave.start_at), self.local_wall(leave.end_at)) for leave in encounter.leave_ids]
        admitted = min(start for start, _end, _ward in stays)
        discharged = self.local_wall(encounter.end_at)
        dates, date = [], admitted.date()
        while date < (discharged.date() if discharged else self.env.company._hospital_today()):
            dates.append(date)
            date += timedelta(days=1)
        if discharged and discharged.date() == admitted.date():
            dates = [admitted.date()]
        valid = encounter.nursing_choice_ids.filtered(lambda choice: choice.state == "valid").mode
        modes = [self.mode(date, stays, leaves, discharged, valid, len(dates)) for date in dates]
        amounts = {}
        for position, (date, mode) in enumerate(zip(dates, modes, strict=True)):
            if mode == "whole":
                whole = self.plan.number_by == "whole"
                number = modes[: position + 1].count("whole") if whole else position + 1
                reached = modes.count("whole") if whole else len(modes)
                counting = number if self.plan.reach == "segmented" else reached
                percent = 100 if counting <= 15 else 95 if counting <= 30 else 90
                amount = (self.price_on(date) * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
            elif mode == "original":
                amount = Decimal(str(LEVEL_PRICES[self.level_on(date, encounter)]))
            else:
                continue
            amounts[(date - self.first).days + 1] = amount
        return amounts

    def mode(self, date, stays, leaves, discharged, valid, length):
        instant = datetime.combine(date, time.max)  # the last moment of the day
        here = [ward for start, end, ward in stays if start <= instant and (end is None or instant < end)]
        ward = here[0] if here else max(stays, key=lambda stay: stay[0])[2]
        if any(start <= instant and (end is None or instant < end) for start, end in leaves):
            return "leave"
        if ward != self.ward_m:
            return "original"
        if discharged and length in (1, 3) and valid != "whole":
            return "original"
        if not discharged and valid == "original" and length <= 3:
            return "original"
        return "whole"

    def price_on(self, date):
        number = (date - self.first).days + 1
        _day, price = max((step for step in self.prices if step[0] <= number), key=lambda step: step[0])
        return price

    def level_on(self, date, encounter):
        since = [
            (row.start_at, row.level)
            for row in encounter.nursing_level_ids
            if self.local_wall(row.start_at).date() <= date
        ]
        return max(since)[1] if since else "3"
