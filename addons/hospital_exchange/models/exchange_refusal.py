import threading
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.uniqueness import queries_unlogged

from ..tools.inbound.throttle import Buckets
from ..tools.perform import MOMENTARY

MOST_ROWS = 200
"""Per platform; whatever calls from still more addresses is counted together."""
WRITES_PER_MINUTE = 20
"""Per platform, reason and address; what comes faster is counted here and written with the next row."""
KEPT_DAYS = 180

_writes = Buckets(most=1000)
_waiting = {}
_lock = threading.Lock()


class HospitalExchangeRefusal(models.Model):
    """Calls in that were turned away before anything was believed of them: how many, why, and from where.

    The only trace an unverified call leaves. It cannot be used to fill a table, and holds nothing of what was sent.
    """

    _name = "hospital.exchange.refusal"
    _description = "Refused calls in"
    _order = "last_at desc, id desc"
    _log_access = False
    _rec_name = "address"

    platform_id = fields.Many2one("hospital.platform", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id")
    reason = fields.Selection(
        [
            ("disabled", "Platform is switched off"),
            ("address", "Address is not on the list"),
            ("hours", "Out of hours"),
            ("rate", "Too many calls"),
            ("size", "Too large"),
            ("method", "Wrong HTTP method"),
            ("missing", "Without a signature"),
            ("signature", "Wrong signature"),
            ("expired", "Outdated"),
            ("replayed", "Repeated by a stranger"),
            ("malformed", "Unreadable"),
            ("operation", "Unknown operation"),
            ("request_id", "No request number"),
            ("busy", "Being worked on"),
            ("config", "Not set up"),
            ("internal", "Our own mistake"),
        ],
        required=True,
        readonly=True,
    )
    address = fields.Char("From address", readonly=True, help="Empty: from many different addresses.")
    count = fields.Integer("Calls", readonly=True)
    detail = fields.Char(readonly=True)
    first_at = fields.Datetime("First at", readonly=True)
    last_at = fields.Datetime("Last at", readonly=True)

    _place_unique = models.UniqueIndex("(platform_id, reason, address)")

    @api.model
    def _count(self, platform_id, reason, address, detail=""):
        """One more. Written at once while they are few; counted in this process while they are many."""
        key = (self.env.cr.dbname, platform_id, reason, address or "")
        with _lock:
            _waiting[key] = _waiting.get(key, 0) + 1
            if not _writes.take(key, WRITES_PER_MINUTE):
                if len(_waiting) > 10 * MOST_ROWS:
                    _waiting.clear()
                return
            number = _waiting.pop(key)
        try:
            with queries_unlogged(), self.env.cr.savepoint(flush=False):
                self.env.cr.execute(self._count_query(platform_id, reason, address or "", detail, number))
        except MOMENTARY:  # another process counts the same just now
            with _lock:
                _waiting[key] = _waiting.get(key, 0) + number

    @api.model
    def _count_query(self, platform_id, reason, address, detail, number):
        now = fields.Datetime.now()
        return SQL(
            """INSERT INTO hospital_exchange_refusal AS kept
                      (platform_id, reason, address, count, detail, first_at, last_at)
               SELECT %(platform)s, %(reason)s,
                      CASE WHEN (SELECT count(*) FROM hospital_exchange_refusal WHERE platform_id = %(platform)s) < %(most)s
                             OR EXISTS (SELECT FROM hospital_exchange_refusal
                                         WHERE platform_id = %(platform)s AND reason = %(reason)s
                                           AND address = %(address)s)
                           THEN %(address)s ELSE '' END,
                      %(number)s, %(detail)s, %(now)s, %(now)s
               ON CONFLICT (platform_id, reason, address)
               DO UPDATE SET count = kept.count + EXCLUDED.count, detail = EXCLUDED.detail, last_at = EXCLUDED.last_at""",
            platform=platform_id,
            reason=reason,
            address=address,
            detail=detail or None,
            number=number,
            now=now,
            most=MOST_ROWS,
        )

    @api.autovacuum
    def _gc_refusals(self):
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute(SQL("DELETE FROM hospital_exchange_refusal WHERE last_at < %s", before))
