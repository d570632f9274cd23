from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

CLERK = "hospital_base.group_hospital_finance_clerk"
MANAGER = "hospital_base.group_hospital_finance_manager"
HANDS_OFF = 4
"""Hours for which a bill is not fetched by itself after a person has deleted it, so that he may upload his own."""


class HospitalRecon(models.Model):
    """One day of one merchant: what we say, what the channel says, what lies between and what was decided about it.

    How it is matched is in `recon_match.py`, how bills come in in `recon_fetch.py`.
    """

    _name = "hospital.recon"
    _description = "Reconciliation"
    _order = "day desc, merchant_id, id desc"

    day = fields.Date(required=True, readonly=True, index=True)
    merchant_id = fields.Many2one(
        "hospital.pay.merchant", required=True, readonly=True, index=True, ondelete="restrict"
    )
    channel_id = fields.Many2one(
        "hospital.pay.channel", related="merchant_id.channel_id", store=True, readonly=True, ondelete="restrict"
    )
    is_online = fields.Boolean(compute="_compute_is_online")
    vendor = fields.Char(related="merchant_id.vendor", store=True, readonly=True)
    campus_id = fields.Many2one(
        "hospital.campus", related="merchant_id.campus_id", store=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", related="merchant_id.company_id", store=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", related="company_id.currency_id")
    state = fields.Selection(
        [("waiting", "Waiting for the bill"), ("open", "Differences open"), ("settled", "Reconciled")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    bill_id = fields.Many2one("hospital.bill", readonly=True, ondelete="restrict", index="btree_not_null")
    bill_source = fields.Selection(related="bill_id.source")
    our_pay_count = fields.Integer("Our payments", readonly=True)
    our_pay_amount = fields.Monetary("We: paid", readonly=True)
    our_refund_count = fields.Integer("Our refunds", readonly=True)
    our_refund_amount = fields.Monetary("We: refunded", readonly=True)
    our_net = fields.Monetary("We: net", readonly=True)
    their_pay_count = fields.Integer("Payments of the channel", readonly=True)
    their_pay_amount = fields.Monetary("Channel: paid", readonly=True)
    their_refund_count = fields.Integer("Refunds of the channel", readonly=True)
    their_refund_amount = fields.Monetary("Channel: refunded", readonly=True)
    their_net = fields.Monetary("Channel: net", readonly=True)
    their_fee = fields.Monetary("Fees of the channel", readonly=True)
    difference = fields.Monetary(readonly=True, default=0.0, help="Our net less that of the channel, as it is today.")
    decided_difference = fields.Monetary(
        "Of it decided", readonly=True, help="Differences that were decided, and those that lie in another day's bill."
    )
    open_difference = fields.Monetary("Still open", readonly=True, default=0.0)
    matched_count = fields.Integer("Matched", readonly=True)
    difference_count = fields.Integer("Number of differences", readonly=True)
    open_count = fields.Integer("Open differences", readonly=True)
    item_ids = fields.One2many("hospital.recon.item", "recon_id", "Differences", readonly=True)
    log_ids = fields.One2many("hospital.recon.log", "recon_id", "Operations", readonly=True)
    matched_at = fields.Datetime("Matched at", readonly=True)
    settled_at = fields.Datetime("Settled at", readonly=True)
    fetch_tries = fields.Integer("Times asked for the bill", readonly=True)
    next_fetch_at = fields.Datetime("Asked again at", readonly=True, index="btree_not_null")
    fetch_error = fields.Char("Why there is no bill", readonly=True)

    _one_a_day = models.UniqueIndex("(merchant_id, day)")

    # === COMPUTE ===

    @api.depends("merchant_id.name", "day")
    def _compute_display_name(self):
        for recon in self:
            recon.display_name = f"{recon.merchant_id.name} {recon.day}"

    @api.depends("channel_id.kind")
    def _compute_is_online(self):
        for recon in self:
            recon.is_online = recon.channel_id.kind == "online"

    # === ACTIONS ===

    def action_match(self):
        """Compare again, for instance after orders were corrected."""
        self._check_may()
        for recon in self:
            if not recon.bill_id:
                raise UserError(
                    self.env._("There is no bill for %s yet. Fetch or upload it first.", recon.display_name)
                )
        self._lock()
        self._match()

    def action_fetch(self):
        """Ask the channel for the bill now."""
        self._check_may()
        for recon in self:
            if recon.bill_id:
                raise UserError(
                    self.env._("There is a bill for %s. Delete it first if it is wrong.", recon.display_name)
                )
            recon._lock()
            recon._fetch(by_hand=True)

    def action_upload(self):
        return self._open_wizard("hospital_payment.action_hospital_bill_upload", default_recon_id=self.id)

    def action_delete_bill(self):
        return self._open_wizard("hospital_payment.action_hospital_bill_delete", default_recon_id=self.id)

    def action_items(self):
        return self._open("hospital_payment.action_hospital_recon_item", [("recon_id", "=", self.id)])

    def action_details(self):
        """Every line of the day, matched or not."""
        return self._open("hospital_payment.action_hospital_recon_detail", [("recon_id", "=", self.id)])

    def action_bill_lines(self):
        return self._open("hospital_payment.action_hospital_bill_line", [("bill_id", "=", self.bill_id.id)])

    def action_logs(self):
        return self._open("hospital_payment.action_hospital_recon_log", [("recon_id", "=", self.id)])

    def _open(self, action, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        return {**action, "domain": domain, "context": {}, "display_name": f"{action['name']} {self.display_name}"}

    def _show(self):
        """These days on the screen, after something was done to them."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_recon")
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [[False, "form"]], "view_mode": "form"}
        return {**action, "domain": [("id", "in", self.ids)], "context": {}}

    def _open_wizard(self, action, **defaults):
        self.ensure_one()
        self._check_may()
        return {**self.env["ir.actions.act_window"]._for_xml_id(action), "context": defaults}

    # === BUSINESS ===

    def _check_may(self, group=CLERK):
        """Finance works here; auditors only look. Rows are written by code alone, so the group is asked for."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(group):
            if group == MANAGER:
                raise AccessError(self.env._("Only finance managers may do this. Ask one of them."))
            raise AccessError(self.env._("Only finance may do this. Ask a finance clerk."))

    @api.model
    def _for(self, merchant, day):
        """The row of this day, made when there is none yet."""
        _sudo = self.sudo()  # rows come into being by code alone
        found = _sudo.search([("merchant_id", "=", merchant.id), ("day", "=", day)])
        if not found:

            def clash():
                return self.env._("Someone else has just begun with this day. Look again.")

            with unique_or_sentence(self.env, {"hospital_recon_one_a_day": clash}):
                found = _sudo.create({"merchant_id": merchant.id, "day": day})
        return found.with_env(self.env)

    def _lock(self):
        """One at a time works on a day; the other reads why he must wait."""
        _sudo = self.sudo()  # a lock needs no right to write
        try:
            _sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(self.env._("Someone else is reconciling this day right now. Wait a moment and look again."))
        self.invalidate_recordset()

    def _neighbours(self):
        """Other days of the merchant with something open: what is missing here may lie there, and the reverse."""
        return self.search(
            Domain.OR(
                Domain("merchant_id", "=", recon.merchant_id.id)
                & Domain("id", "!=", recon.id)
                & Domain("state", "=", "open")
                for recon in self
            )
        )

    def _take_bill(self, bill, operation, note=""):
        """A bill has come in, by whatever road."""
        self.ensure_one()
        _sudo = self.sudo()  # rows are written by code alone
        _sudo.write({"bill_id": bill.id, "next_fetch_at": False, "fetch_error": False})
        self.env["hospital.recon.log"]._add(self, operation, note or self._bill_note(bill))
        self._match()
        for other in _sudo._neighbours():
            if other._try_lock():
                other._match()

    def _try_lock(self):
        """Whether nobody else works on this day."""
        return bool(self.try_lock_for_update(allow_referencing=True, limit=1))

    def _bill_note(self, bill):
        return self.env._(
            "%(payments)s payments %(paid)s, %(refunds)s refunds %(refunded)s",
            payments=bill.pay_count,
            paid=bill.currency_id.format(bill.pay_amount),
            refunds=bill.refund_count,
            refunded=bill.currency_id.format(bill.refund_amount),
        )

    def _drop_bill(self, reason):
        """Put a wrong bill aside. What was decided stays and holds again when the same lines come back."""
        self.ensure_one()
        bill = self.bill_id
        if not bill:
            raise UserError(self.env._("There is no bill for %s to delete.", self.display_name))
        self.env["hospital.recon.log"]._add(self, "delete", f"{bill.name or ''} {self._bill_note(bill)}: {reason}")
        bill._put_aside()
        _sudo = self.sudo()  # rows are written by code alone
        _sudo.item_ids._forget()
        _sudo.write(
            {"next_fetch_at": fields.Datetime.add(fields.Datetime.now(), hours=HANDS_OFF),
             "bill_id": False, "state": "waiting", "settled_at": False, "fetch_tries": 0, "matched_count": 0,
             **dict.fromkeys(("their_pay_count", "their_refund_count"), 0),
             **dict.fromkeys(("their_pay_amount", "their_refund_amount", "their_net", "their_fee"), 0.0)}
        )  # fmt: skip
        _sudo._sum_up()
        for other in _sudo.search([("item_ids.state", "=", "elsewhere"), ("merchant_id", "=", self.merchant_id.id)]):
            if other._try_lock():
                other._match()
