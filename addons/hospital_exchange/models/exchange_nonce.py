from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 50_000


class HospitalExchangeNonce(models.Model):
    """What calls in have carried once and may not carry again. Written by SQL for every signed call, read by nobody."""

    _name = "hospital.exchange.nonce"
    _description = "Nonce of a call in"
    _log_access = False

    platform = fields.Integer(required=True)
    nonce = fields.Char(required=True)
    expires_at = fields.Datetime(required=True, index=True)

    _nonce_unique = models.UniqueIndex("(platform, nonce)")

    @api.autovacuum
    def _gc_nonces(self):
        """A nonce is needed no longer once its timestamp is refused as too old; an hour more does no harm."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM hospital_exchange_nonce WHERE id IN "
                "(SELECT id FROM hospital_exchange_nonce WHERE expires_at < %s LIMIT %s)",
                fields.Datetime.now() - timedelta(hours=1),
                BATCH,
            )
        )
        return self.env.cr.rowcount, self.env.cr.rowcount >= BATCH
