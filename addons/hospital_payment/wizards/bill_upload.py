import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.bill_lines import digest


class HospitalBillUpload(models.TransientModel):
    """A channel's bill that came by hand: looked at first, then taken into the books."""

    _name = "hospital.bill.upload"
    _description = "Upload a bill"

    recon_id = fields.Many2one("hospital.recon", readonly=True)
    merchant_id = fields.Many2one(
        "hospital.pay.merchant",
        required=True,
        compute="_compute_of_recon",
        store=True,
        readonly=False,
        domain=lambda self: [
            ("channel_id.kind", "=", "online"),
            ("campus_id", "in", self.env.user.hospital_campus_ids.ids),
        ],
    )
    day = fields.Date(required=True, compute="_compute_of_recon", store=True, readonly=False)
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    currency_id = fields.Many2one("res.currency", related="merchant_id.company_id.currency_id")
    is_read = fields.Boolean(readonly=True)
    digest = fields.Char(readonly=True)
    pay_count = fields.Integer("Number of payments", readonly=True)
    pay_amount = fields.Monetary("Paid", readonly=True)
    refund_count = fields.Integer("Number of refunds", readonly=True)
    refund_amount = fields.Monetary("Refunded", readonly=True)
    fee_amount = fields.Monetary("Fees", readonly=True)
    our_pay_count = fields.Integer("Our payments", readonly=True)
    our_pay_amount = fields.Monetary("We: paid", readonly=True)

    # === COMPUTE ===

    @api.depends("recon_id")
    def _compute_of_recon(self):
        for upload in self:
            upload.merchant_id = upload.recon_id.merchant_id or upload.merchant_id
            upload.day = upload.recon_id.day or upload.day or fields.Date.subtract(
                self.env.company._hospital_today(), days=1
            )  # fmt: skip

    @api.onchange("file", "merchant_id", "day")
    def _onchange_file(self):
        self.is_read = False

    # === ACTIONS ===

    def action_read(self):
        """Show what the file holds, before anything is booked."""
        self.ensure_one()
        lines = self._lines()
        totals = self.env["hospital.bill"]._totals(lines)
        totals.pop("line_count")
        [[count, amount]] = self.env["hospital.pay.order"]._read_group(
            [("merchant_id", "=", self.merchant_id.id), ("day", "=", self.day), ("state", "=", "paid")],
            [],
            ["__count", "amount:sum"],
        )
        self.write(
            {
                **totals,
                "is_read": True,
                "digest": digest(lines),
                "our_pay_count": count,
                "our_pay_amount": amount,
            }
        )
        return self._again()

    def action_load(self):
        """Keep the bill and match it."""
        self.ensure_one()
        lines = self._lines()
        if not self.is_read or digest(lines) != self.digest:
            raise UserError(self.env._("Read the file first and look at its sums."))
        recon = self.env["hospital.recon"]._for(self.merchant_id, self.day)
        recon._check_may()
        recon._lock()
        content = base64.b64decode(self.file)
        bill = self.env["hospital.bill"]._load(
            self.merchant_id, self.day, lines, "uploaded", self.file_name or "", content
        )
        recon._take_bill(bill, "upload")
        return recon._show()

    # === BUSINESS ===

    def _lines(self):
        self.env["hospital.recon"]._check_may()
        self.merchant_id.check_access("read")
        if self.merchant_id.campus_id not in self.env.user.hospital_campus_ids and not self.env.su:
            raise UserError(self.env._("%s belongs to a campus you do not work at.", self.merchant_id.name))
        if not self.file:
            raise UserError(self.env._("Choose the file of the channel first."))
        if self.day >= self.env.company._hospital_today():
            raise UserError(self.env._("%s is not over yet. Choose an earlier day.", self.day))
        return self.env["hospital.bill"]._read(self.merchant_id, self.day, base64.b64decode(self.file))

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Upload a bill"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }
