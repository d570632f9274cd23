"""So many calls a minute, counted in this process: no row is locked and no statement is spent on a call that is refused.

Odoo's workers are processes, so each lets through its share of the rate.
"""

import threading
import time
from collections import OrderedDict

from odoo.tools import config


def share(per_minute):
    """What this process may let through of a rate that is meant for the whole server."""
    return per_minute / max(1, config["workers"] or 1)


class Buckets:
    """A bucket of tokens per key. It is full at first and fills up again within a minute."""

    def __init__(self, most=10_000, clock=time.monotonic):
        self.most = most
        self.clock = clock
        self.lock = threading.Lock()
        self.levels = OrderedDict()

    def take(self, key, per_minute):
        """Whether there is a token left for `key`."""
        now = self.clock()
        with self.lock:
            level, then = self.levels.pop(key, (per_minute, now))
            level = min(max(per_minute, 1), level + (now - then) * per_minute / 60)
            taken = level >= 1
            self.levels[key] = (level - 1 if taken else level, now)
            if len(self.levels) > self.most:
                self.levels.popitem(last=False)
        return taken
