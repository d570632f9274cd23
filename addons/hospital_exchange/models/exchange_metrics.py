from datetime import timedelta
from itertools import accumulate

from odoo import api, fields, models
from odoo.tools import SQL
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from .exchange_tally import BOUNDS
from .platform import MODES

LINES = ("closed", "half_open", "open")
PLATFORM = ("platform",)
INTERFACE = ("platform", "interface")


class _Families:
    """What `prometheus_client` asks for its families; they were filled before."""

    def __init__(self, families):
        self.families = families

    def collect(self):
        return self.families


class HospitalExchangeMetrics(models.AbstractModel):
    """The numbers of the exchange as Prometheus reads them.

    All of them are looked up in the database at the time of asking: it does not matter which process answers.
    """

    _name = "hospital.exchange.metrics"
    _description = "Numbers for Prometheus"

    @api.model
    def _text(self):
        _sudo = self.sudo()  # for all platforms: who asks has shown the token of the server and is no user
        registry = CollectorRegistry()
        registry.register(_Families(_sudo._families()))
        return generate_latest(registry)

    def _families(self):
        """Other addons add theirs."""
        return [*self._platform_families(), *self._message_families(), *self._try_families(), self._refusal_family()]

    # === PLATFORMS ===

    def _platform_families(self):
        platforms = self.env["hospital.platform"]._in_use()
        rows = self.env["hospital.exchange.monitor"]._numbers(platforms.ids)
        families = [
            self._gauge("queue_length", "Messages that wait to be sent.", rows, "waiting"),
            self._gauge("queue_oldest_seconds", "Age of the oldest message that waits.", rows, "oldest_seconds"),
            self._gauge("queue_late_seconds", "Since when the next message should have left.", rows, "late_seconds"),
            self._gauge("attention", "Messages that need somebody.", rows, "attention"),
            self._gauge(
                "last_success_age_seconds", "Seconds since the last call that went well.", rows, "quiet_seconds"
            ),
            self._gauge("certificate_days_left", "Days until the certificate ends.", rows, "days_left"),
        ]
        for name, about, column, values in (
            ("line", "1 for the state in which the line is.", "breaker_state", LINES),
            ("mode", "1 for the mode in which the platform is.", "mode", [mode for mode, _label in MODES]),
        ):
            family = GaugeMetricFamily(f"hospital_exchange_{name}", about, labels=(*PLATFORM, "state"))
            for row in rows:
                for value in values:
                    family.add_metric([row["code"], value], float(row[column] == value))
            families.append(family)
        return families

    def _gauge(self, name, about, rows, column):
        family = GaugeMetricFamily(f"hospital_exchange_{name}", about, labels=PLATFORM)
        for row in rows:
            if row[column] is not None:
                family.add_metric([row["code"]], row[column])
        return family

    # === MESSAGES ===

    def _message_families(self):
        family = GaugeMetricFamily(
            "hospital_exchange_messages",
            "Messages of the last 24 hours and older ones that are still open, by their state now.",
            labels=(*INTERFACE, "direction", "state", "kind"),
        )
        query = SQL(
            """
            WITH counted AS (
                SELECT interface_id, direction, state, error_kind FROM hospital_message
                 WHERE platform_id = ANY(%(platforms)s) AND create_date > %(since)s
                UNION ALL
                SELECT interface_id, direction, state, error_kind FROM hospital_message
                 WHERE create_date <= %(since)s AND direction = 'out' AND state IN ('pending', 'retry')
                UNION ALL
                SELECT interface_id, direction, state, error_kind FROM hospital_message
                 WHERE create_date <= %(since)s AND state IN ('sending', 'unknown')
                UNION ALL
                SELECT interface_id, direction, state, error_kind FROM hospital_message
                 WHERE create_date <= %(since)s AND is_attention IS TRUE
                   AND state NOT IN ('pending', 'retry', 'sending', 'unknown')
            )
            SELECT interface_id, direction, state, COALESCE(error_kind, ''), count(*) FROM counted GROUP BY 1, 2, 3, 4
            """,
            platforms=self.env["hospital.platform"]._in_use().ids,
            since=fields.Datetime.now() - timedelta(days=1),
        )
        labels = self._interface_labels()
        for interface_id, direction, state, kind, count in self.env.execute_query(query):
            if interface_id in labels:
                family.add_metric([*labels[interface_id], direction, state, kind], count)
        return [family]

    # === TRIES ===

    def _try_families(self):
        counter = CounterMetricFamily(
            "hospital_exchange_attempts", "Calls that were made, by what came of them.", labels=(*INTERFACE, "kind")
        )
        histogram = HistogramMetricFamily(
            "hospital_exchange_attempt_duration_seconds", "How long a call took.", labels=INTERFACE
        )
        kinds, classes, sums = {}, {}, {}
        labels = self._interface_labels()
        for interface_id, kind, answer_class, number, duration in self.env["hospital.exchange.tally"]._totals():
            if label := labels.get(interface_id):
                kinds[label, kind] = kinds.get((label, kind), 0) + int(number)
                classes.setdefault(label, [0] * (len(BOUNDS) + 1))[answer_class] += int(number)
                sums[label] = sums.get(label, 0.0) + duration / 1000
        for (label, kind), number in sorted(kinds.items()):
            counter.add_metric([*label, kind], number)
        bounds = [*(str(bound / 1000) for bound in BOUNDS), "+Inf"]
        for label, numbers in sorted(classes.items()):
            histogram.add_metric(label, list(zip(bounds, accumulate(numbers), strict=True)), sums[label])
        return [counter, histogram]

    # === CALLS IN ===

    def _refusal_family(self):
        family = CounterMetricFamily(
            "hospital_exchange_inbound_refusals", "Calls in that were turned away.", labels=(*PLATFORM, "reason")
        )
        query = SQL(
            """SELECT platform.code, refusal.reason, sum(refusal.count) FROM hospital_exchange_refusal AS refusal
                 JOIN hospital_platform AS platform ON platform.id = refusal.platform_id WHERE platform.active
                GROUP BY 1, 2"""
        )
        for code, reason, count in self.env.execute_query(query):
            family.add_metric([code, reason], int(count))
        return family

    def _interface_labels(self):
        """{interface id: (code of the platform, code of the interface)}"""
        query = SQL(
            """SELECT interface.id, platform.code, interface.code FROM hospital_interface AS interface
                 JOIN hospital_platform AS platform ON platform.id = interface.platform_id WHERE platform.active"""
        )
        return {row[0]: row[1:] for row in self.env.execute_query(query)}
