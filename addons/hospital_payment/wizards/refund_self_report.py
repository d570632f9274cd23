from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet

COLUMNS = (
    ("number", "text"),
    ("requested_at", "datetime"),
    ("place", "choice"),
    ("campus_id", "record"),
    ("patient_number", "text"),
    ("patient_id", "record"),
    ("card_id", "record"),
    ("channel_names", "text"),
    ("order_numbers", "text"),
    ("amount", "money"),
    ("done_amount", "money"),
    ("state", "choice"),
    ("done_at", "datetime"),
)


class HospitalRefundSelfReport(models.TransientModel):
    """Self-service refunds of a period (自助退款): on screen and as Excel, of one selection."""

    _name = "hospital.refund.self.report"
    _description = "Self-service refunds"
    _inherit = ["hospital.period.report.mixin"]

    channel_id = fields.Many2one("hospital.pay.channel", domain="[('kind', '=', 'online')]")
    place = fields.Selection([("kiosk", "Self-service machine"), ("app", "Phone")])
    state = fields.Selection([("done", "Done"), ("open", "On its way"), ("failed", "Failed or given up")], "Result")
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.company.currency_id)
    refund_count = fields.Integer("Number of refunds", compute="_compute_preview")
    amount_total = fields.Monetary("Asked back", compute="_compute_preview")
    done_total = fields.Monetary("Paid back", compute="_compute_preview")

    @api.depends("date_from", "date_to", "campus_id", "channel_id", "place", "state")
    def _compute_preview(self):
        for report in self:
            report.refund_count = report.amount_total = report.done_total = 0
            if report.date_from and report.date_to:
                [(count, amount, done)] = self.env["hospital.refund"]._read_group(
                    report._line_domain(), [], ["__count", "amount:sum", "done_amount:sum"]
                )
                report.refund_count, report.amount_total, report.done_total = count, amount, done

    # === ACTIONS ===

    def action_show(self):
        return self._show("hospital_payment.action_hospital_refund_self")

    # === SELECTION ===

    def _line_domain(self):
        domain = Domain("source", "=", "self")
        domain &= Domain("request_day", ">=", self.date_from) & Domain("request_day", "<=", self.date_to)
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if self.channel_id:
            domain &= Domain("line_ids.order_id.channel_id", "=", self.channel_id.id)
        if self.place:
            domain &= Domain("place", "=", self.place)
        states = {
            "done": ("done",),
            "open": ("requested", "approved", "executing", "unknown"),
            "failed": ("failed", "rejected", "cancelled"),
        }
        if self.state:
            domain &= Domain("state", "in", states[self.state])
        return domain

    def _selection_parts(self):
        places = dict(self._fields["place"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        return [self.channel_id.name, places.get(self.place), states.get(self.state)]

    def _refunds(self):
        return self.env["hospital.refund"].search(self._line_domain(), order="requested_at, id")

    # === EXCEL ===

    def _report_title(self):
        return self.env._("Self-service refunds")

    def _xlsx_sheets(self, report=""):
        self.ensure_one()
        described = self.env["hospital.refund"].fields_get(attributes=["string"])
        columns = [
            Column(
                described[name]["string"], {"choice": "text", "record": "text"}.get(kind, kind), None, kind == "money"
            )
            for name, kind in COLUMNS
        ]
        rows = [[self._cell(refund, name, kind) for name, kind in COLUMNS] for refund in self._refunds()]
        title = self._report_title()
        return [
            Sheet(title, columns, rows, title=title, notes=[self._selection_label()], total_label=self.env._("Total"))
        ]

    def _cell(self, refund, name, kind):
        value = refund[name]
        if kind == "choice":
            return dict(refund._fields[name]._description_selection(self.env)).get(value, "")
        if kind == "record":
            return value.display_name if name == "card_id" else value.name or ""
        return self._local(refund, value) if kind == "datetime" else value

    def _log_use(self, action):
        self.env["hospital.access.log"]._log(action, self._refunds(), detail=self._selection_label())
