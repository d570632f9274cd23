import base64
from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

ASK_FROM = 10
"""Channels have the bill of a day ready by ten the next morning."""
DAYS_BACK = 60
"""Missed days are fetched so far back; channels keep bills three months."""
PAUSES = (30, 60, 120, 240)
"""Minutes until a bill that is late is asked for again."""


class HospitalRecon(models.Model):
    """How bills come in from the channel."""

    _inherit = "hospital.recon"

    @api.model
    def _cron_fetch(self):
        """Fetch and match the bill of every merchant and day that has none yet; days the server slept through too."""
        self._open_days()
        due = self._due()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for recon in due:
            if recon._try_lock() and not recon.bill_id:
                recon._fetch()
            if not cron._commit_progress(1):
                break

    @api.model
    def _open_days(self, now=None):
        """A row per merchant and day since its first order, up to yesterday, or to the day before until the bills are there."""
        now = now or fields.Datetime.now()
        for company in self.env["res.company"].search([("hospital_campus_ids", "!=", False)]):
            local = _local(company, now)
            last = local.date() - timedelta(days=1 if local.hour >= ASK_FROM else 2)
            self.env["hospital.pay.order"].flush_model()
            self.env.cr.execute(
                SQL(
                    """INSERT INTO hospital_recon (merchant_id, channel_id, vendor, campus_id, company_id, day, state,
                              create_uid, write_uid, create_date, write_date)
                       SELECT merchant.id, merchant.channel_id, merchant.vendor, merchant.campus_id, merchant.company_id,
                              day.day::date, 'waiting', %(user)s, %(user)s, %(now)s, %(now)s
                         FROM hospital_pay_merchant AS merchant
                         JOIN hospital_pay_channel AS channel ON channel.id = merchant.channel_id AND channel.kind = 'online'
                         JOIN hospital_platform AS platform ON platform.id = merchant.platform_id AND platform.mode <> 'disabled'
                         JOIN LATERAL (SELECT min(day) AS day FROM hospital_pay_order
                                        WHERE merchant_id = merchant.id AND day IS NOT NULL) AS first ON first.day IS NOT NULL
                         JOIN LATERAL generate_series(GREATEST(first.day, %(last)s::date - %(back)s)::timestamp,
                                                      %(last)s::date::timestamp, interval '1 day') AS day(day) ON true
                        WHERE merchant.active AND merchant.company_id = %(company)s
                       ON CONFLICT (merchant_id, day) DO NOTHING""",
                    user=self.env.uid,
                    now=now,
                    last=last,
                    back=DAYS_BACK - 1,
                    company=company.id,
                )
            )
        self.env.invalidate_all()

    @api.model
    def _due(self, now=None):
        """Days without a bill that are to be asked for now, the oldest first."""
        now = now or fields.Datetime.now()
        waiting = self.search(
            [("state", "=", "waiting"), ("channel_id.kind", "=", "online"), ("merchant_id.active", "=", True),
             "|", ("next_fetch_at", "=", False), ("next_fetch_at", "<=", now)],
            order="day, id",
        )  # fmt: skip
        _platforms_sudo = waiting.merchant_id.sudo()  # who reconciles need not read platforms
        asked = _platforms_sudo.filtered(lambda merchant: merchant.platform_id.mode not in (False, "disabled"))
        return waiting.filtered(lambda recon: recon.merchant_id.id in asked.ids and recon._is_ready(now))

    def _is_ready(self, now):
        """Whether the channel has the bill of the day by now."""
        local = _local(self.company_id, now)
        age = (local.date() - self.day).days
        return age > 1 or (age == 1 and local.hour >= ASK_FROM)

    def _fetch(self, by_hand=False):
        """Ask for the bill and match it. What goes wrong is kept with the day, and asked again later."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                content, name = self._ask_for_bill()
                lines = (
                    self.env["hospital.bill"]._read(self.merchant_id, self.day, content, by_hand=False)
                    if content
                    else []
                )
                bill = self.env["hospital.bill"]._load(self.merchant_id, self.day, lines, "fetched", name, content)
                self._take_bill(bill, "fetch")
        except (ExchangeError, UserError) as error:
            sentence = error.sentence if isinstance(error, ExchangeError) else str(error)
            if by_hand:
                raise UserError(sentence) from error
            self._note_late(sentence)

    def _ask_for_bill(self):
        """(content, file name) from the channel; no content for a day on which nothing happened."""
        _merchant_sudo = self.merchant_id.sudo()  # who reconciles need not read platforms
        _interface_sudo = self.env["hospital.interface"].sudo().search(
            [("platform_id", "=", _merchant_sudo.platform_id.id), ("code", "=", "bill"), ("direction", "=", "out")]
        )  # fmt: skip
        if not _merchant_sudo.platform_id or len(_interface_sudo) != 1:
            raise UserError(
                self.env._(
                    "%s has no line to the channel over which a bill could come. Upload it by hand.",
                    self.merchant_id.name,
                )
            )
        reply = _interface_sudo.with_env(self.env)._call(self.merchant_id, day=self.day)
        if reply.get("empty"):
            return b"", reply.get("name") or ""
        return base64.b64decode(reply["content"]), reply.get("name") or ""

    def _note_late(self, sentence):
        _sudo = self.sudo()  # rows are written by code alone
        tries = self.fetch_tries + 1
        pause = PAUSES[min(tries, len(PAUSES)) - 1]
        if sentence != self.fetch_error:
            self.env["hospital.recon.log"]._add(self, "late", sentence)
        _sudo.write(
            {
                "fetch_tries": tries,
                "fetch_error": sentence,
                "next_fetch_at": fields.Datetime.now() + timedelta(minutes=pause),
            }
        )


def _local(company, moment):
    return pytz.utc.localize(moment).astimezone(company._hospital_timezone())
