from odoo import models
from odoo.tools import SQL


class HospitalPayOrder(models.Model):
    _inherit = "hospital.pay.order"

    def _wait_for_refund(self):
        """For jobs: hold the rows, after whoever has them just now. A person is told instead, see `_lock`."""
        _sudo = self.sudo()  # a lock needs no right to write
        _sudo.flush_recordset()
        self.env.execute_query(
            SQL("SELECT id FROM hospital_pay_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", list(self.ids))
        )
        _sudo.invalidate_recordset()
