from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

USES = [
    ("channel", "Money of a channel"),
    ("charge", "Income of a charge category"),
    ("deposit_card", "Money on cards"),
    ("deposit_inpatient", "Inpatient deposits"),
    ("clearing", "Paid, not settled yet"),
    ("owed", "Owed back to patients"),
    ("fund", "Due from the insurance fund"),
    ("account", "Due from personal insurance accounts"),
    ("other", "Due from other payers"),
    ("business", "Other business"),
    ("rounding", "Rounding of cash"),
    ("difference", "Cash differences"),
]


class HospitalPostingAccount(models.Model):
    """To which account a kind of movement goes: one row each, all on one screen."""

    _name = "hospital.posting.account"
    _description = "Account for shift entries"
    _order = "company_id, use, sequence, id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    use = fields.Selection(USES, "For", required=True)
    sequence = fields.Integer(default=10)
    channel_id = fields.Many2one(
        "hospital.pay.channel", ondelete="cascade", domain=[("kind", "!=", "account")], index="btree_not_null"
    )
    category_id = fields.Many2one(
        "hospital.charge.category", "Charge category", ondelete="cascade", index="btree_not_null"
    )
    account_id = fields.Many2one("account.account", ondelete="restrict", check_company=True, index="btree_not_null")

    _once = models.UniqueIndex(
        "(company_id, use, COALESCE(channel_id, 0), COALESCE(category_id, 0))",
        "There is a row for this already. Change that one.",
    )

    @api.depends("use", "channel_id", "category_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row._label(row.use, row.channel_id, row.category_id)

    @api.constrains("use", "channel_id", "category_id")
    def _check_what(self):
        for row in self:
            if bool(row.channel_id) != (row.use == "channel") or bool(row.category_id) != (row.use == "charge"):
                raise ValidationError(
                    _("Choose a channel for money of a channel, and a charge category for income; nothing otherwise.")
                )

    @api.model
    def _label(self, use, channel=None, category=None):
        label = dict(self._fields["use"]._description_selection(self.env))[use]
        name = (channel and channel.name) or (category and category.name)
        return f"{label}: {name}" if name else label

    def action_complete(self):
        """Add the rows that are missing, for channels and categories that came since, and show them all."""
        self.check_access("create")
        company = self.env.company
        taken = {(row.use, row.channel_id, row.category_id) for row in self.search([("company_id", "=", company.id)])}
        no_channel, no_category = self.env["hospital.pay.channel"], self.env["hospital.charge.category"]
        channels = no_channel.search([("kind", "!=", "account")])
        categories = no_category.search([("active", "=", True)])
        wanted = [("channel", channel, no_category) for channel in channels]
        wanted += [("charge", no_channel, category) for category in categories]
        wanted += [(use, no_channel, no_category) for use, _label in USES if use not in ("channel", "charge")]
        self.create(
            [
                {
                    "company_id": company.id,
                    "use": use,
                    "channel_id": channel.id,
                    "category_id": category.id,
                    "sequence": channel.sequence or category.sequence,
                }
                for use, channel, category in wanted
                if (use, channel, category) not in taken
            ]
        )
        name = "hospital_payment_account.action_hospital_posting_account"
        return {**self.env["ir.actions.act_window"]._for_xml_id(name), "target": "main"}

    @api.model
    def _accounts(self, company, wanted):
        """{(use, channel, category): account}; what has none is said all at once."""
        _rows_sudo = self.sudo().search([("company_id", "=", company.id), ("account_id", "!=", False)])
        found = {(row.use, row.channel_id, row.category_id): row.account_id for row in _rows_sudo}
        if missing := [key for key in wanted if key not in found]:
            raise UserError(
                _(
                    "No account is set for: %(missing)s. Set them under Finance › Accounts for shift entries, then close the "
                    "shift again.",
                    missing=", ".join(self._label(*key) for key in missing),
                )
            )
        return found
