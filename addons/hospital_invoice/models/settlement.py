from odoo import fields, models

from .invoice import MONEY_ROLES

MISSING_AT_ONCE = 2000


class HospitalSettlement(models.Model):
    """Bills follow what becomes of a settlement; no bill ever changes a settlement."""

    _name = "hospital.settlement"
    _inherit = ["hospital.settlement", "hospital.invoice.link.mixin"]
    _invoice_path = "settlement_id"

    invoice_ids = fields.One2many("hospital.invoice", "settlement_id", "Electronic bills", groups=MONEY_ROLES)
    is_billed = fields.Boolean(
        "Bill looked after", readonly=True, copy=False, help="Its electronic bill was made, flushed, or is not needed."
    )
    invoice_with_id = fields.Many2one(
        "hospital.settlement", "Billed with", readonly=True, copy=False, index="btree_not_null", ondelete="restrict",
        help="The settlement whose electronic bill this one changes.",
    )  # fmt: skip
    invoice_group_ids = fields.One2many("hospital.settlement", "invoice_with_id", "Changes the bill")

    _unbilled_index = models.Index("(id) WHERE is_billed IS NOT TRUE AND state IN ('done', 'cancelled')")

    def _after_done(self):
        result = super()._after_done()
        self.env["hospital.invoice"]._try(self._bill_now)
        return result

    def _bill_now(self):
        for settlement in self:
            self.env["hospital.invoice"]._settled(settlement)

    def _bill_event(self):
        """Who did it, where and when."""
        return {"at": self.done_at, "user": self.user_id, "place": self.place}

    def _bill_patient(self):
        return self.patient_id

    def _unbilled(self):
        """Those that are done and whose bill nobody has looked after, in their order."""
        found = self.search(
            [("is_billed", "!=", True), ("state", "in", ("done", "cancelled")), ("done_at", "!=", False)],
            order="id",
            limit=MISSING_AT_ONCE,
        )
        return list(found)
