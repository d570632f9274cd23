from odoo import models


class HospitalRefundLine(models.Model):
    _inherit = "hospital.refund.line"

    _done_index = models.Index("(done_at) WHERE state = 'done'")
