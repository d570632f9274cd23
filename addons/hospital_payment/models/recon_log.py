from odoo import api, fields, models

from odoo.addons.hospital_base.tools.append_only import make_append_only


class HospitalReconLog(models.Model):
    """Who did what to the bills and differences of a day. Rows are added and never changed."""

    _name = "hospital.recon.log"
    _description = "Reconciliation log"
    _order = "id desc"
    _rec_name = "operation"
    _log_access = False

    at = fields.Datetime("Time", required=True, readonly=True, default=lambda self: fields.Datetime.now())
    user_id = fields.Many2one(
        "res.users", "By", required=True, readonly=True, ondelete="restrict", default=lambda self: self.env.user
    )
    operation = fields.Selection(
        [
            ("fetch", "Bill fetched"),
            ("late", "Bill not there yet"),
            ("upload", "Bill uploaded"),
            ("bank", "Bank statement imported"),
            ("delete", "Bill deleted"),
            ("match", "Matched"),
            ("decide", "Decided"),
            ("confirm", "Confirmed by a second person"),
            ("decline", "Declined by a second person"),
            ("withdraw", "Decision withdrawn"),
            ("reopen", "Open again"),
            ("settle", "Reconciled"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    recon_id = fields.Many2one(
        "hospital.recon", "Reconciliation", required=True, readonly=True, index=True, ondelete="restrict"
    )
    item_key = fields.Char("Difference", readonly=True, help="By what number the difference is known.")
    day = fields.Date(required=True, readonly=True)
    merchant_id = fields.Many2one("hospital.pay.merchant", required=True, readonly=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", readonly=True, ondelete="restrict")
    note = fields.Text("What happened", readonly=True)

    def init(self):
        make_append_only(self.env, self._table)

    @api.model
    def _add(self, recon, operation, note="", item_key=False):
        _sudo = self.sudo()  # everybody leaves his trace, nobody writes one himself
        return _sudo.create(
            {
                "recon_id": recon.id,
                "operation": operation,
                "note": note,
                "item_key": item_key,
                "day": recon.day,
                "merchant_id": recon.merchant_id.id,
                "campus_id": recon.campus_id.id,
                "user_id": self.env.uid,
            }
        )
