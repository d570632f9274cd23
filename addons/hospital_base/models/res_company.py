from datetime import datetime, time, timedelta

import pytz
from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_tz = fields.Selection(
        _tz_get,
        string="Hospital time zone",
        required=True,
        default="Asia/Shanghai",
        help="Decides what today is, to which day a service belongs and how bed-days are counted, wherever a user is.",
    )
    hospital_lock_date = fields.Date(
        string="Charges locked up to",
        help="Charges of this day and of earlier days can no longer be entered, changed or reversed.",
    )
    hospital_backdate_hours = fields.Integer(
        string="Free back-dating (hours)",
        default=24,
        help="Admissions, transfers, leaves and discharges that happened longer ago than this need a reason.",
    )
    hospital_campus_ids = fields.One2many("hospital.campus", "company_id", string="Campuses")
    hospital_default_campus_id = fields.Many2one(
        "hospital.campus",
        string="Campus of new users",
        domain="[('company_id', '=', id)]",
        ondelete="set null",
        help="New internal users may work at this campus at once. Leave it empty to give the campuses by hand.",
    )

    def _hospital_timezone(self):
        return pytz.timezone(self.hospital_tz or "Asia/Shanghai")

    def _hospital_date(self, moment):
        """The hospital's calendar day of a moment as stored (UTC, naive)."""
        return pytz.utc.localize(moment).astimezone(self._hospital_timezone()).date()

    def _hospital_today(self):
        return self._hospital_date(fields.Datetime.now())

    def _hospital_day_bounds(self, date):
        """First moment of a hospital day and first moment of the next one, as stored."""
        zone = self._hospital_timezone()
        return tuple(
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (date, date + timedelta(days=1))
        )

    def _hospital_check_unlocked(self, date):
        self.ensure_one()
        if self.hospital_lock_date and date <= self.hospital_lock_date:
            raise UserError(
                self.env._(
                    "Charges up to %(lock)s are locked and this one is of %(date)s. "
                    "Use a later service date or ask the finance manager to reopen the period.",
                    lock=fields.Date.to_string(self.hospital_lock_date),
                    date=fields.Date.to_string(date),
                )
            )
