"""The four kinds of rows a shift is reckoned from, and the state in which each of them is money."""

from odoo import models

from ..tools.shift_guard import guard_shifts


class HospitalPayOrder(models.Model):
    _inherit = "hospital.pay.order"

    def init(self):
        res = super().init()
        guard_shifts(self.env, self._table, "paid")
        return res


class HospitalAccountEntry(models.Model):
    _inherit = "hospital.account.entry"

    def init(self):
        res = super().init()
        guard_shifts(self.env, self._table)
        return res


class HospitalRefundLine(models.Model):
    _inherit = "hospital.refund.line"

    def init(self):
        res = super().init()
        guard_shifts(self.env, self._table, "done")
        return res


class HospitalSettlement(models.Model):
    _inherit = "hospital.settlement"

    def init(self):
        res = super().init()
        guard_shifts(self.env, self._table, "done")
        return res
