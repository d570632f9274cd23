from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalBillTemplate(models.Model):
    """How a bank writes its statement: which column holds what. A new bank is a row here, no code."""

    _name = "hospital.bill.template"
    _description = "Layout of a bank statement"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    date_column = fields.Char(required=True, help="Heading of the column with the date, or with date and time.")
    time_column = fields.Char(help="Heading of the column with the time of day, when it is one of its own.")
    date_format = fields.Char(help="As in Python, for instance %Y%m%d %H%M%S. Empty: the usual ones are tried.")
    sign = fields.Selection(
        [
            ("sign", "One column, what was given back is negative"),
            ("word", "One column, another one says what was given back"),
            ("columns", "A column of receipts and one of payments"),
        ],
        "How amounts are written",
        required=True,
        default="sign",
    )
    amount_column = fields.Char("Amount")
    in_column = fields.Char("Receipts")
    out_column = fields.Char("Payments")
    kind_column = fields.Char("Kind of line")
    refund_words = fields.Char(help="Words of that column that mean money given back, separated by commas.")
    skip_words = fields.Char(
        "Words to leave out", help="Lines whose kind is one of these are left out, fees for instance."
    )
    reference_column = fields.Char("Bank's number", help="What also stands on the slip: reference or voucher number.")
    order_column = fields.Char("Our order number")
    note_column = fields.Char("Remark", help="Our order number is looked for in it when it has no column.")
    fee_column = fields.Char("Fee")
    merchant_column = fields.Char("Merchant number", help="Lines of other merchants are refused.")

    # === CONSTRAINTS ===

    @api.constrains("sign", "amount_column", "in_column", "out_column", "kind_column", "refund_words")
    def _check_columns(self):
        for template in self:
            if template.sign == "columns":
                complete = template.in_column and template.out_column
            else:
                complete = template.amount_column
            if not complete or (template.sign == "word" and not (template.kind_column and template.refund_words)):
                raise ValidationError(
                    self.env._("%s does not say yet in which column the amounts stand. Complete it.", template.name)
                )

    # === BUSINESS ===

    def _layout(self):
        """Plain values for `tools.statement`."""
        self.ensure_one()
        names = [name for name in self._fields if name.endswith("_column")]
        words = {name: _words(self[name]) for name in ("refund_words", "skip_words")}
        return {**{name.removesuffix("_column"): (self[name] or "").strip() for name in names}, **words,
                "sign": self.sign, "date_format": self.date_format or ""}  # fmt: skip


def _words(text):
    return {word.strip() for word in (text or "").replace("，", ",").split(",") if word.strip()}
