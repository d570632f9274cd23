"""Benchmarks that hold on a noisy machine: every subject is measured against a yardstick in the same run.

    @benchmark("what", yardstick="against what", limit=3, short=1_000, full=100_000)
    def bench_what(env, size):
        …fill what is needed…
        yield "case", subject, yardstick      # two callables

Subject and yardstick run in turns; the ratio is that of their medians.
"""

import statistics
import time
from dataclasses import dataclass

BENCHMARKS = {}
ROUNDS = 7
ROUNDS_OF_LONG = 3
LONG = 2.0  # seconds: what takes longer is steadier and needs fewer rounds
QUICK = 0.05  # seconds: what takes less is run several times
MOST = 50


@dataclass
class Benchmark:
    name: str
    yardstick: str
    limit: float
    short: int
    full: int
    fill: object
    needs: tuple
    once: bool
    demo: bool


def benchmark(name, *, yardstick, limit, short, full, needs=(), once=False, demo=False):
    """`needs`: trial addons that are installed before; `short=None`: only in a whole run; `once`: minutes, so one round;
    `demo`: on a database with demo data."""

    def register(function):
        key = function.__name__.removeprefix("bench_")
        BENCHMARKS[key] = Benchmark(name, yardstick, limit, short, full, function, needs, once, demo)
        return function

    return register


def seconds(work, times=1):
    start = time.perf_counter()
    for _time in range(times):
        work()
    return (time.perf_counter() - start) / times


def measure(subject, yardstick, once=False):
    """Medians of both, after one run of each to warm up. What is quick is repeated until a clock can tell."""
    if once:
        return seconds(subject), seconds(yardstick)
    warm = min(seconds(yardstick), seconds(subject))
    times = max(1, min(MOST, int(QUICK / max(warm, 1e-9))))
    rounds = ROUNDS if warm < LONG else ROUNDS_OF_LONG
    pairs = [(seconds(subject, times), seconds(yardstick, times)) for _round in range(rounds)]
    return statistics.median(first for first, _ in pairs), statistics.median(second for _, second in pairs)


def run(env, key, short):
    """A row per case: name, case, size, times and whether the ratio holds."""
    bench = BENCHMARKS[key]
    size = bench.short if short else bench.full
    for case, subject, yardstick in bench.fill(env, size):
        took, against = measure(subject, yardstick, bench.once)
        yield {
            "name": bench.name,
            "yardstick": bench.yardstick,
            "case": case,
            "size": size,
            "seconds": took,
            "yardstick_seconds": against,
            "ratio": took / against,
            "limit": bench.limit,
            "passed": took <= bench.limit * against,
        }
