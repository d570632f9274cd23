from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class HospitalInvoiceKind(models.Model):
    """What a bill is about: which interface issues it, and how its business numbers begin."""

    _name = "hospital.invoice.kind"
    _description = "Kind of electronic bill"
    _order = "sequence, id"

    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    bus_type = fields.Char("Business type", required=True, help="The hospital's code, mapped on the platform.")
    issue_interface = fields.Char("Issued by", required=True, help="Code of the interface that issues it.")
    batch_interface = fields.Char(
        "Issued in batches by", help="Code of the interface that issues many at once. Empty: they are sent one by one."
    )
    prefix = fields.Char(required=True, copy=False, help="With it every business number of this kind begins.")
    is_voucher = fields.Boolean("Receipt of a deposit", help="The platform keeps it as a voucher, not as a bill.")
    sequence_id = fields.Many2one("ir.sequence", "Running number", readonly=True, copy=False, ondelete="restrict")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, help="Off: business of this kind gets no electronic bill.")

    _code_unique = models.Constraint("UNIQUE (code)", "There is a kind of bill with this code already.")
    _prefix_unique = models.Constraint("UNIQUE (prefix)", "Another kind of bill has this prefix already.")
    _prefix_short = models.Constraint(
        "CHECK (prefix ~ '^[A-Z0-9]{1,6}$')", "The prefix has at most 6 capital letters and digits."
    )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        kinds = super().create(vals_list)
        for kind in kinds:
            _sequences_sudo = self.env["ir.sequence"].sudo()  # who may add a kind need not be allowed to add sequences
            kind.sequence_id = _sequences_sudo.create(
                {"name": f"Electronic bills {kind.prefix}", "padding": 8, "company_id": False}
            )
        return kinds

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        _sequences_sudo = self.sudo().sequence_id  # made by the kind and gone with it
        result = super().unlink()
        _sequences_sudo.unlink()
        return result

    # === BUSINESS ===

    @api.model
    def _get(self, code):
        """The kind with this code; empty where the hospital issues no such bills."""
        return self.search([("code", "=", code)], limit=1)

    @api.model
    @ormcache()
    def _voucher_kinds(self):
        """The ids of the kinds whose bills are receipts of deposits: every answer of the platform asks for them."""
        return frozenset(self.with_context(active_test=False).sudo().search([("is_voucher", "=", True)]).ids)

    def _batches_failed(self):
        """Whether the platform would not take the last batch: for a day it is not given another."""
        last = self.env["hospital.invoice.batch"].sudo().search([("kind_id", "=", self.id)], order="id desc", limit=1)
        return last.state == "apart" and last.create_date > fields.Datetime.now() - timedelta(days=1)

    def _next_number(self, moment):
        """A business number, never used again: not even after an old backup was restored, for it names its second."""
        self.ensure_one()
        _sequence_sudo = self.sudo().sequence_id  # everybody who takes money draws a number
        if not _sequence_sudo:
            raise UserError(self.env._("The kind of bill %s has no running number. Ask IT.", self.name))
        return f"{self.prefix}{moment:%Y%m%d%H%M%S}{_sequence_sudo.next_by_id()}"
