from odoo import api, fields, models
from odoo.exceptions import UserError

PLACES = [("window", "Window"), ("kiosk", "Self-service machine"), ("app", "Phone")]
STATES = [
    ("waiting", "To be issued"),
    ("issuing", "Being issued"),
    ("issued", "Issued"),
    ("on_paper", "On paper"),
    ("flushing", "Being flushed"),
    ("flushed", "Flushed"),
    ("failed", "Refused"),
    ("unknown", "No certain answer"),
    ("stopped", "Needs a decision"),
    ("void", "Never issued"),
]
WAYS = [
    ("plain", "Electronic bill flushed"),
    ("balance", "Settlement with deposits undone"),
    ("voucher", "Receipt of a deposit flushed"),
    ("take_back", "Paper form taken back and voided"),
    ("paper", "Against a red paper form"),
]
MONEY_ROLES = (
    "hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk,"
    "hospital_base.group_hospital_auditor"
)


class HospitalInvoice(models.Model):
    """One electronic bill of the platform, blue or red, or the one that is to become one.

    Made from what happened in `invoice_make.py`, sent in `invoice_send.py`, flushed in `invoice_flush.py`, exchanged for
    paper in `invoice_turn.py`; the steps between states are in `invoice_steps.py`. Nobody writes a bill.
    """

    _name = "hospital.invoice"
    _description = "Electronic bill"
    _inherit = ["hospital.exchange.mixin", "hospital.access.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["search_text"]

    number = fields.Char("Business number", required=True, readonly=True, copy=False, index="trigram")
    bus_time = fields.Char(
        "Business time", readonly=True, required=True, copy=False, help="yyyyMMddHHmmssSSS, as the platform was told."
    )
    bus_day = fields.Date("Day", readonly=True, required=True, index=True)
    kind_id = fields.Many2one("hospital.invoice.kind", required=True, readonly=True, ondelete="restrict")
    kind_code = fields.Char(related="kind_id.code", string="Code of the kind")
    is_voucher = fields.Boolean(related="kind_id.is_voucher")
    colour = fields.Selection([("blue", "Bill"), ("red", "Red bill")], required=True, readonly=True, default="blue")
    is_current = fields.Boolean(
        "Stands for its business", readonly=True, default=True, help="Off once it is to be flushed or was never issued."
    )
    original_id = fields.Many2one(
        "hospital.invoice", "Flushes", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    red_ids = fields.One2many("hospital.invoice", "original_id", "Red bills")
    red_id = fields.Many2one("hospital.invoice", "Red bill", compute="_compute_red_id")
    previous_id = fields.Many2one(
        "hospital.invoice", "In place of", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    next_ids = fields.One2many("hospital.invoice", "previous_id", "Newer bills")
    next_id = fields.Many2one("hospital.invoice", "Replaced by", compute="_compute_next_id")
    res_model = fields.Char("Source model", readonly=True, required=True)
    res_id = fields.Many2oneReference("Source", model_field="res_model", readonly=True, required=True)
    settlement_id = fields.Many2one("hospital.settlement", readonly=True, index="btree_not_null", ondelete="restrict")
    entry_id = fields.Many2one(
        "hospital.account.entry", "Deposit", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    encounter_id = fields.Many2one(
        "hospital.encounter", "Visit", readonly=True, required=True, index=True, ondelete="restrict"
    )
    patient_id = fields.Many2one("hospital.patient", readonly=True, required=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", readonly=True, required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, required=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", readonly=True, required=True, ondelete="restrict")
    amount = fields.Monetary(required=True, readonly=True, help="Of a red bill below zero.")
    fund_amount = fields.Monetary("Insurance fund", readonly=True, default=0)
    account_amount = fields.Monetary("Personal insurance account", readonly=True, default=0)
    other_amount = fields.Monetary("Other payers", readonly=True, default=0)
    self_amount = fields.Monetary("Paid by the patient", readonly=True, default=0)
    own_amount = fields.Monetary("Not insured", readonly=True, default=0, help="Of what the patient paid.")
    part_amount = fields.Monetary("Own part of insured items", readonly=True, default=0)
    deductible_amount = fields.Monetary("Within the deductible", readonly=True, default=0)
    balance_before = fields.Monetary("Deposit before", readonly=True, help="Of the receipt of a deposit.")
    flushed_amount = fields.Monetary(
        "Flushed amount", readonly=True, default=0, copy=False, help="A receipt of a deposit is flushed in parts."
    )
    payer_name = fields.Char("Payer", readonly=True, required=True)
    place_id = fields.Many2one("hospital.invoice.place", readonly=True, index="btree_not_null", ondelete="restrict")
    channel = fields.Selection(PLACES, "Taken at", required=True, readonly=True, default="window")
    user_id = fields.Many2one("res.users", "Cashier", required=True, readonly=True, ondelete="restrict")
    state = fields.Selection(STATES, required=True, readonly=True, default="waiting", copy=False)
    state_at = fields.Datetime("Since", readonly=True, default=fields.Datetime.now, copy=False)
    is_task = fields.Boolean("Needs somebody", compute="_compute_is_task", search="_search_is_task")
    stop_reason = fields.Selection(
        [
            ("paper", "It is on paper: the form must come back first"),
            ("booked", "The payer's employer has booked it"),
            ("deposit", "Deposits of this settlement were paid back already"),
            ("rest", "What remains cannot be reckoned"),
        ],
        "Why it stopped",
        readonly=True,
        copy=False,
    )
    issue_error = fields.Char("What was wrong", readonly=True, copy=False)
    is_asking = fields.Boolean("Being asked about", readonly=True, copy=False)
    refund_line_id = fields.Many2one(
        "hospital.refund.line", "Refund", readonly=True, index="btree_not_null", ondelete="restrict", copy=False
    )
    flush_way = fields.Selection(WAYS, "How it is flushed", readonly=True, copy=False)
    flush_reason = fields.Char("Reason", readonly=True, copy=False)
    batch_code = fields.Char("Bill code", readonly=True, copy=False)
    bill_number = fields.Char("Bill number", readonly=True, copy=False, index="btree_not_null")
    check_code = fields.Char(readonly=True, copy=False)
    created_at = fields.Datetime("Issued at", readonly=True, copy=False, help="The time of the platform.")
    created_text = fields.Char("Time of the platform", readonly=True, copy=False)
    qr_image = fields.Binary("QR code", readonly=True, copy=False, attachment=False)
    picture_url = fields.Char("Picture", readonly=True, copy=False)
    picture_net_url = fields.Char("Picture on the internet", readonly=True, copy=False)
    paper_id = fields.Many2one("hospital.invoice.paper", "Paper form", readonly=True, copy=False, ondelete="restrict")
    next_paper_id = fields.Many2one(
        "hospital.invoice.paper",
        "Form being put in place",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    turn_time = fields.Char("Time of the exchange", readonly=True, copy=False)
    paper_ids = fields.One2many("hospital.invoice.paper", "invoice_id", "Paper forms")
    voucher_ids = fields.Many2many(
        "hospital.invoice",
        "hospital_invoice_voucher_rel",
        "invoice_id",
        "voucher_id",
        "Deposits used",
        readonly=True,
        copy=False,
        help="Receipts of deposits that this settlement uses up.",
    )
    item_ids = fields.One2many("hospital.invoice.item", "invoice_id", "Items")
    detail_ids = fields.One2many("hospital.invoice.detail", "invoice_id", "Charges")
    pay_ids = fields.One2many("hospital.invoice.pay", "invoice_id", "Paid with")
    print_ids = fields.One2many("hospital.invoice.print", "invoice_id", "Prints")
    print_count = fields.Integer("Printed", readonly=True, copy=False, default=0, aggregator=None)
    printed_at = fields.Datetime("Last printed", readonly=True, copy=False)

    _number_unique = models.UniqueIndex("(number)", "This business number is already used.")
    _number_short = models.Constraint(
        "CHECK (number ~ '^[0-9A-Z]{1,32}$')", "A business number has at most 32 capital letters and digits."
    )
    _bus_time_whole = models.Constraint(
        "CHECK (bus_time ~ '^[0-9]{17}$')", "The business time has 17 digits, down to the millisecond."
    )
    _one_current = models.UniqueIndex(
        "(res_model, res_id) WHERE colour = 'blue' AND is_current",
        "This payment has an electronic bill already. Open it again.",
    )
    _triple_unique = models.UniqueIndex(
        "(batch_code, bill_number) WHERE bill_number IS NOT NULL", "Another bill has this code and number."
    )
    _issued_has_triple = models.Constraint(
        "CHECK (state NOT IN ('issued', 'on_paper', 'flushing', 'flushed') OR"
        " (batch_code IS NOT NULL AND bill_number IS NOT NULL))",
        "A bill that is issued has its code and number.",
    )
    _refund_once = models.UniqueIndex(
        "(refund_line_id, original_id) WHERE refund_line_id IS NOT NULL", "This refund has its red bill already."
    )
    _sign = models.Constraint(
        "CHECK (CASE colour WHEN 'red' THEN amount < 0 ELSE amount > 0 END)",
        "A bill is of more than zero, a red one of less.",
    )
    _red_names_original = models.Constraint(
        "CHECK ((colour = 'red') = (original_id IS NOT NULL))", "A red bill names the bill it flushes."
    )
    _flushed_at_most = models.Constraint(
        "CHECK (colour = 'red' OR (flushed_amount >= 0 AND flushed_amount <= amount))",
        "A bill cannot be flushed by more than it is of.",
    )
    _source_index = models.Index("(res_model, res_id)")
    _open_index = models.Index("(state, id) WHERE state NOT IN ('issued', 'flushed', 'void')")
    _campus_index = models.Index("(campus_id, bus_day)")
    _place_index = models.Index("(place_id, bus_day)")

    # === COMPUTE ===

    @api.depends("red_ids.state")
    def _compute_red_id(self):
        for invoice in self:
            reds = invoice.red_ids.filtered(lambda red: red.state != "void")
            invoice.red_id = reds.sorted("id")[-1:]

    @api.depends("next_ids.state")
    def _compute_next_id(self):
        for invoice in self:
            newer = invoice.next_ids.filtered(lambda one: one.state != "void") or invoice.next_ids
            invoice.next_id = newer.sorted("id")[-1:]

    @api.depends("number", "bill_number")
    def _compute_display_name(self):
        for invoice in self:
            invoice.display_name = " ".join(filter(None, (invoice.number, invoice.bill_number)))

    @api.depends("state")
    def _compute_is_task(self):
        for invoice in self:
            invoice.is_task = invoice.state in ("failed", "unknown", "stopped")

    def _search_is_task(self, operator, value):
        if operator != "in" or list(value) not in ([True], [False]):
            return NotImplemented
        return [("state", "in" if True in value else "not in", ("failed", "unknown", "stopped"))]

    # === CRUD ===

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("An electronic bill is never deleted. What was wrong is flushed: both stay visible.")
        )

    # === ACTIONS ===

    def action_open_source(self):
        """The settlement or the deposit it is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }

    # === BUSINESS ===

    def _exchange_name(self):
        return self.number
