"""Threads that deliver, one platform each, so that a platform that hangs never holds a thread of the scheduler.

Odoo runs scheduled actions in two threads (or workers) by default: two platforms that answer nobody would hold up every
other one. So the scheduled action of a platform only hands it over to a thread of its own and is free again.
"""

import logging
import threading
from collections import deque

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

from .delivery import Delivery

_logger = logging.getLogger(__name__)

_lock = threading.Lock()
_active = set()
_again = set()
_waiting = deque()


def limit():
    """How many platforms one process delivers to at the same time; each takes two connections to the database."""
    return int(config.get("hospital_delivery_threads") or 8)


def submit(dbname, platform_id):
    job = (dbname, platform_id)
    with _lock:
        if job in _active:
            _again.add(job)
        elif len(_active) < limit():
            _active.add(job)
            threading.Thread(target=_work, args=(job,), name=f"hospital.delivery.{platform_id}", daemon=False).start()
        elif job not in _waiting:
            _waiting.append(job)


def stopping():
    """The process is on its way out: end with the message at hand."""
    return bool(getattr(server.server, "quit_signals_received", 0)) or not threading.main_thread().is_alive()


def _work(job):
    while job:
        try:
            if not stopping():
                _deliver(*job)
        except Exception as error:
            _logger.error("delivery of platform %s ended: %s", job[1], type(error).__name__, exc_info=_where(error))
        with _lock:
            if job in _again and not stopping():
                _again.discard(job)
                continue
            _active.discard(job)
            job = _waiting.popleft() if _waiting else None
            if job:
                _active.add(job)


def _where(error):
    """The traceback without the words of the error, which may be about a patient."""
    return (RuntimeError, RuntimeError(type(error).__name__), error.__traceback__)


def _deliver(dbname, platform_id):
    threading.current_thread().dbname = dbname
    registry = Registry(dbname).check_signaling()
    with registry.cursor() as cr, registry.cursor() as config_cr:
        platform = api.Environment(cr, SUPERUSER_ID, {})["hospital.platform"].browse(platform_id)
        settings = api.Environment(config_cr, SUPERUSER_ID, {})["hospital.platform"].browse(platform_id)
        if settings.exists():
            Delivery(platform, settings, stopping).run()
