from datetime import timedelta
from unittest.mock import patch

import psycopg2
from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, config, mute_logger
from prometheus_client.parser import text_string_to_metric_families

from odoo.addons.hospital_base.tests.common import proves

from ..models.exchange_tally import UNTIL
from .exchange_common import ExchangeCase, error

TOKEN = "a token that only the monitoring knows"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@tagged("post_install", "-at_install")
class TestMonitorProbes(ExchangeCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(config.options, {"hospital_metrics_token": TOKEN}))
        self.env.cr.execute(SQL("UPDATE ir_cron SET lastcall = %s", fields.Datetime.now()))
        self.env["hospital.platform"].search([("id", "!=", self.platform.id)]).active = False
        self.platform.name = "Platform with a telling name"

    def get(self, path, headers=None):
        self.env.flush_all()
        return self.url_open(path, headers=headers or {}, timeout=30)

    def age(self, seconds):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE hospital_message SET create_date = create_date - %(age)s * interval '1 second'", age=seconds)
        )
        self.env.invalidate_all()

    # === HEALTH ===

    @proves("S1-9.1")
    def test_healthy(self):
        reply = self.get("/exchange/health")
        self.assertEqual((reply.status_code, reply.headers["Content-Type"]), (200, "application/json; charset=utf-8"))
        self.assertEqual(
            reply.json(),
            {"status": "ok", "database": True, "workers": True, "late_platforms": 0, "cut_platforms": 0},
        )
        self.assertNotIn("Set-Cookie", reply.headers)

    def test_late_delivery_is_an_error_and_names_need_the_token(self):
        self.queue()
        self.age(20 * 60)
        reply = self.get("/exchange/health")
        self.assertEqual((reply.status_code, reply.json()["late_platforms"]), (503, 1))
        self.assertNotIn("unit", reply.text)
        self.assertEqual(self.get("/exchange/health?minutes=30").status_code, 200)
        for nonsense in ("", "-5", "1e9", "'; DROP", "²"):
            self.assertEqual(self.get(f"/exchange/health?minutes={nonsense}").status_code, 503)
        with_names = self.get("/exchange/health", BEARER).json()
        self.assertEqual(list(with_names["late"]), ["unit"])
        self.assertEqual(self.get("/exchange/health", {"Authorization": "Bearer wrong"}).json(), reply.json())

    def test_a_platform_that_does_not_answer_is_not_our_illness(self):
        now = fields.Datetime.now()
        self.platform.sudo()._write_line(
            breaker_state="open", breaker_failures=5, breaker_opened_at=now, breaker_retry_at=now + timedelta(minutes=1)
        )
        reply = self.get("/exchange/health", BEARER)
        self.assertEqual((reply.status_code, reply.json()["status"], reply.json()["cut"]), (200, "degraded", ["unit"]))

    def test_a_scheduler_that_stands_still_is_an_error(self):
        self.env.cr.execute(SQL("UPDATE ir_cron SET lastcall = %s", fields.Datetime.now() - timedelta(hours=2)))
        reply = self.get("/exchange/health")
        self.assertEqual((reply.status_code, reply.json()["workers"]), (503, False))

    def test_a_database_that_cannot_be_read_is_an_error(self):
        Monitor = self.registry["hospital.exchange.monitor"]
        with (
            patch.object(Monitor, "_health", side_effect=psycopg2.OperationalError("gone, with names")),
            mute_logger("odoo.addons.hospital_exchange.controllers.monitor"),
        ):
            reply = self.get("/exchange/health")
        self.assertEqual((reply.status_code, reply.json()), (503, {"status": "error", "database": False}))

    # === METRICS ===

    def metrics(self):
        reply = self.get("/exchange/metrics", BEARER)
        self.assertEqual(reply.status_code, 200)
        families = {family.name: family for family in text_string_to_metric_families(reply.text)}
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families.values()
            for sample in family.samples
        }

    def sample(self, metrics, name, **labels):
        return metrics.get((f"hospital_exchange_{name}", tuple(sorted(labels.items()))))

    def test_metrics_need_the_token(self):
        for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN},
                        {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer t\u00f6ken".encode()}):  # fmt: skip
            reply = self.get("/exchange/metrics", headers)
            self.assertEqual(reply.status_code, 401, headers)
            self.assertNotIn("hospital_exchange", reply.text)
        with patch.dict(config.options, {"hospital_metrics_token": ""}):
            for headers in ({}, BEARER, {"Authorization": "Bearer "}):
                self.assertEqual(self.get("/exchange/metrics", headers).status_code, 404)

    @proves("S1-9.1")
    def test_metrics_tell_what_happened(self):
        self.far.answer("do", {"ref": "1"}, {"ref": "2"}, error("business"))
        for key in "123":
            self.queue(key=key)
        self.deliver()
        self.queue(key="waits")
        self.age(90)
        metrics = self.metrics()
        do = {"platform": "unit", "interface": "do"}
        self.assertEqual(self.sample(metrics, "attempts_total", **do, kind=""), 2)
        self.assertEqual(self.sample(metrics, "attempts_total", **do, kind="business"), 1)
        self.assertEqual(self.sample(metrics, "attempt_duration_seconds_count", **do), 3)
        self.assertEqual(self.sample(metrics, "attempt_duration_seconds_bucket", **do, le="+Inf"), 3)
        self.assertEqual(self.sample(metrics, "messages", **do, direction="out", state="done", kind=""), 2)
        self.assertEqual(self.sample(metrics, "messages", **do, direction="out", state="refused", kind="business"), 1)
        self.assertEqual(self.sample(metrics, "messages", **do, direction="out", state="pending", kind=""), 1)
        self.assertEqual(self.sample(metrics, "queue_length", platform="unit"), 1)
        self.assertGreaterEqual(self.sample(metrics, "queue_oldest_seconds", platform="unit"), 90)
        self.assertEqual(self.sample(metrics, "attention", platform="unit"), 1)
        self.assertEqual(self.sample(metrics, "line", platform="unit", state="closed"), 1)
        self.assertEqual(self.sample(metrics, "line", platform="unit", state="open"), 0)
        self.assertEqual(self.sample(metrics, "mode", platform="unit", state="test"), 1)

    def test_calls_in_that_were_turned_away(self):
        for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
            self.env["hospital.exchange.refusal"]._count(self.platform.id, "signature", address)
        self.assertEqual(self.sample(self.metrics(), "inbound_refusals_total", platform="unit", reason="signature"), 3)

    def test_answer_times_fall_into_their_classes(self):
        for key, duration in (("1", 50), ("2", 51), ("3", 70000)):
            message = self.queue(key=key)
            self.env["hospital.message.attempt"]._add(message.id, number=1, duration_ms=duration)
        metrics = self.metrics()
        do = {"platform": "unit", "interface": "do"}
        buckets = {le: self.sample(metrics, "attempt_duration_seconds_bucket", **do, le=le) for le in ("0.05", "0.1", "60.0", "+Inf")}  # fmt: skip
        self.assertEqual(buckets, {"0.05": 1, "0.1": 2, "60.0": 2, "+Inf": 3})
        self.assertAlmostEqual(self.sample(metrics, "attempt_duration_seconds_sum", **do), 70.101)

    def test_counters_never_fall(self):
        """Summed up, then taken away by the retention, and counted on: the counter only grows."""
        do = {"platform": "unit", "interface": "do", "kind": ""}
        tally = self.env["hospital.exchange.tally"]
        messages = self.queue(key="1") | self.queue(key="2")
        self.deliver()
        self.assertEqual(self.sample(self.metrics(), "attempts_total", **do), 2)
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        with patch("odoo.fields.Datetime.now", return_value=tomorrow):
            tally._cron_tally()
            tally._cron_tally()
        self.assertEqual(self.sample(self.metrics(), "attempts_total", **do), 2)
        self.env["hospital.message"]._delete(messages.ids)
        self.assertEqual(self.sample(self.metrics(), "attempts_total", **do), 2)
        self.env["ir.config_parameter"].set_param(UNTIL, fields.Datetime.now() - timedelta(hours=1))
        self.queue(key="3")
        self.deliver()
        self.assertEqual(self.sample(self.metrics(), "attempts_total", **do), 3)
        self.assertEqual(self.sample(self.metrics(), "attempt_duration_seconds_count", platform="unit", interface="do"), 3)  # fmt: skip

    def test_no_name_and_no_secret_in_the_numbers(self):
        self.env["hospital.secret"].create({"platform_id": self.platform.id, "name": "pw", "value": "swordfish"})
        text = self.get("/exchange/metrics", BEARER).text
        for word in ("telling", "swordfish", TOKEN, "Exchange Campus"):
            self.assertNotIn(word, text)
