from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.hospital_base.tests.common import proves

from ..models.platform_pulse import CHANNEL
from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestMonitorWall(ExchangeCase):
    def wall(self, user=None):
        self.env.flush_all()
        return self.env["hospital.exchange.monitor"].with_user(user or self.users["operator"]).get_wall()

    def tile(self, platform=None, wall=None):
        tiles = {tile["id"]: tile for tile in (wall or self.wall())["platforms"]}
        return tiles[(platform or self.platform).id]

    def cut(self, platform):
        platform.sudo()._write_line(
            breaker_state="open", breaker_failures=5, breaker_opened_at=fields.Datetime.now(),
            breaker_retry_at=fields.Datetime.now() + timedelta(seconds=60),
        )  # fmt: skip

    def age(self, seconds):
        """Everything written so far was written earlier; messages and tries by the same time."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE hospital_message SET create_date = create_date - %(age)s * interval '1 second'", age=seconds)
        )
        self.env.invalidate_all()

    @proves("S1-9.1")
    def test_numbers_of_a_platform(self):
        before = self.tile()
        self.assertEqual((before["tone"], before["calls"], before["rate"], before["p50"]), ("good", 0, None, None))
        self.far.answer("do", {"ref": "1"}, {"ref": "2"}, {"ref": "3"}, error("business"))
        for key in "1234":
            self.queue(key=key)
        self.deliver()
        self.queue(key="waits")
        tile = self.tile()
        self.assertEqual((tile["calls"], tile["rate"], tile["refused"], tile["waiting"]), (4, 0.75, 1, 1))
        self.assertEqual((tile["tone"], tile["attention"]), ("warning", 1))
        self.assertEqual(tile["curve"][-1], [4, 1])
        self.assertEqual([point for point in tile["curve"][:-1] if point != [0, 0]], [])
        self.assertIsNotNone(tile["p95"])
        self.assertLess(tile["quiet_seconds"], 60)

    def test_latency_is_a_median_of_what_was_sent(self):
        for key, duration in (("1", 100), ("2", 200), ("3", 900)):
            message = self.queue(key=key)
            self.env["hospital.message.attempt"]._add(message.id, number=1, duration_ms=duration)
        asked = self.queue(key="asked")
        self.env["hospital.message.attempt"]._add(asked.id, number=1, duration_ms=60000, purpose="query")
        self.env["hospital.message.attempt"]._add(asked.id, number=1, duration_ms=0, error_kind="config")
        tile = self.tile()
        self.assertEqual((tile["calls"], tile["p50"]), (3, 200))
        self.assertAlmostEqual(tile["p95"], 830)

    def test_worst_first_and_in_words(self):
        cut, late, off, quiet = (self.make_platform(code) for code in ("cut", "late", "off", "quiet"))
        off.mode = "disabled"
        self.cut(cut)
        self.queue(self.make_interfaces(late)["set"], key="late")
        self.age(20 * 60)
        self.far.answer("do", error("business"))
        self.queue()
        self.deliver()
        wall = self.wall()
        mine = [tile for tile in wall["platforms"] if tile["id"] in (cut | late | off | quiet | self.platform).ids]
        self.assertEqual([tile["id"] for tile in mine], [cut.id, late.id, self.platform.id, quiet.id, off.id])
        self.assertEqual([tile["tone"] for tile in mine], ["alarm", "alarm", "warning", "good", "off"])
        self.assertIn("Does not answer since", mine[0]["reason"])
        self.assertEqual(mine[1]["reason"], "Delivery is 20 minutes late")
        self.assertEqual(mine[2]["reason"], "1 need somebody")
        self.assertGreaterEqual(wall["totals"]["alarms"], 2)
        self.assertEqual(wall["totals"]["waiting"], sum(tile["waiting"] for tile in wall["platforms"]))

    def test_a_cut_line_is_no_late_delivery(self):
        """One trouble, one word: while the line is cut messages wait rightly."""
        self.queue()
        self.age(3600)
        self.cut(self.platform)
        self.assertIn("Does not answer", self.tile()["reason"])

    def test_a_message_that_waits_for_its_next_try_is_not_late(self):
        self.far.answer("do", error("network"))
        self.queue()
        self.deliver()
        self.age(3600)
        self.assertEqual((self.tile()["tone"], self.tile()["waiting"]), ("good", 1))

    def test_only_operators_and_only_their_campuses(self):
        elsewhere = self.make_platform("elsewhere", campus_id=self.other_campus.id)
        here = self.make_platform("here", campus_id=self.campus.id)
        seen = {tile["id"] for tile in self.wall()["platforms"]}
        self.assertIn(here.id, seen)
        self.assertNotIn(elsewhere.id, seen)
        with self.assertRaises(AccessError):
            self.wall(self.users["clerk"])

    def test_one_query_however_many_platforms(self):
        platforms = self.platform
        for number in range(12):
            platforms |= self.make_platform(f"many{number}")
        monitor = self.env["hospital.exchange.monitor"]
        monitor._numbers(platforms.ids)
        with self.assertQueryCount(1):
            self.assertEqual(len(monitor._numbers(platforms.ids)), 13)

    def notices(self):
        return sum(
            CHANNEL in values["channel"] for values in self.env.cr.precommit.data.get("bus.bus.values", ())
        ) + self.env["bus.bus"].search_count([("channel", "like", CHANNEL)])

    def test_one_notice_a_second(self):
        self.env.cr.execute("SELECT setval('hospital_exchange_pulse', 1)")
        before = self.notices()
        self.platform._pulse()
        self.assertEqual(self.notices(), before + 1)
        self.env.cr.execute(
            "SELECT setval('hospital_exchange_pulse', extract(epoch FROM clock_timestamp())::bigint + 5)"
        )
        for _again in range(50):
            self.platform._pulse()
        self.assertEqual(self.notices(), before + 1)

    def test_what_moves_the_wall_gives_notice(self):
        def said(work):
            self.env.cr.execute("SELECT setval('hospital_exchange_pulse', 1)")
            before = self.notices()
            work()
            return self.notices() > before

        self.assertTrue(said(lambda: self.cut(self.platform)))
        self.platform.sudo()._close_line()
        self.queue()
        self.assertTrue(said(self.deliver))
        self.far.answer("do", error("business"))
        message = self.queue(key="refused")
        self.deliver()
        self.assertTrue(said(lambda: message.with_user(self.users["operator"])._close("by telephone")))
