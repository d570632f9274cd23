from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class HospitalInvoice(models.Model):
    """What the screens show of a bill beside its own fields."""

    _inherit = "hospital.invoice"

    trouble = fields.Char("What is wrong", compute="_compute_trouble")
    chain_ids = fields.Many2many("hospital.invoice", string="Bills of this payment", compute="_compute_chain_ids")
    chain_amount = fields.Monetary("Sum of all", compute="_compute_chain_ids", help="What the patient really paid.")
    search_text = fields.Char("Patient, card or number", compute="_compute_search_text", search="_search_search_text")

    @api.depends_context("lang")
    @api.depends("state", "stop_reason", "issue_error", "exchange_banner")
    def _compute_trouble(self):
        reasons = dict(self._fields["stop_reason"]._description_selection(self.env))
        for invoice in self:
            sentence = invoice.issue_error
            if invoice.state == "stopped":
                sentence = reasons.get(invoice.stop_reason) or sentence
            elif invoice.state in ("failed", "unknown", "waiting", "issuing", "flushing"):
                sentence = sentence or invoice.exchange_banner
            elif invoice.state in ("issued", "on_paper", "flushed", "void"):
                sentence = False
            invoice.trouble = sentence

    @api.depends("res_model", "res_id")
    def _compute_chain_ids(self):
        """Every bill of the payment, in the order in which they came: blue, red, blue for the rest."""
        for invoice in self:
            chain = self.search([("res_model", "=", invoice.res_model), ("res_id", "=", invoice.res_id)], order="id")
            invoice.chain_ids = chain
            stands = chain.filtered(lambda one: one.bill_number)
            invoice.chain_amount = invoice.currency_id.round(sum(stands.mapped("amount")))

    def _compute_search_text(self):
        self.search_text = False

    def _search_search_text(self, operator, value):
        if operator in ("ilike", "like", "=ilike", "=like"):
            return self._search_domain(value or "")
        if operator == "in":
            return Domain.OR(self._search_domain(text) for text in value if isinstance(text, str))
        return NotImplemented

    def _search_domain(self, text):
        """What was typed decides where to look: a number may be one of several, anything else is a patient's name."""
        text = text.strip()
        if not text:
            return Domain.TRUE
        patients = self.env["hospital.patient"].sudo()._search(Domain("search_text", "ilike", text))
        if not any(sign.isdecimal() for sign in text):
            return Domain("patient_id", "in", patients)
        self.flush_model(["number", "bill_number", "settlement_id", "patient_id"])
        roads = [
            SQL("SELECT id FROM hospital_invoice WHERE number = %s", text.upper()),
            SQL("SELECT id FROM hospital_invoice WHERE bill_number = %s", text),
            SQL(
                """SELECT invoice.id FROM hospital_invoice invoice
                     JOIN hospital_settlement settlement ON settlement.id = invoice.settlement_id
                    WHERE settlement.number = %s""",
                text.upper(),
            ),
            SQL("SELECT id FROM hospital_invoice WHERE patient_id IN %s", patients.subselect()),
        ]
        union = SQL(" UNION ALL ").join(SQL("(%s)", road) for road in roads)
        return Domain.custom(
            # an array is computed once and then looked up by primary key, however the planner likes to sort
            to_sql=lambda _model, alias, _query: SQL("%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), union),
            predicate=lambda invoice: bool(
                invoice.search_count([("id", "=", invoice.id), ("search_text", "ilike", text)], limit=1)
            ),
        )

    # === ACTIONS ===

    def action_open_source(self):
        """A deposit is shown in its account: an entry of the ledger has no screen of its own."""
        if self.entry_id:
            return {
                "type": "ir.actions.act_window",
                "res_model": "hospital.account",
                "res_id": self.entry_id.account_id.id,
                "views": [[False, "form"]],
            }
        return super().action_open_source()

    def action_open_picture(self):
        """The bill as the platform shows it."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.picture_url or self.picture_net_url, "target": "new"}
