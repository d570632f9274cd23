import logging

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from odoo.addons.hospital_exchange.tools.momentary import BusyError, is_momentary

_logger = logging.getLogger(__name__)

CHECKED = object()
"""Marks, in the context, values this model has made itself. No call from outside can carry it."""

STEPS = {
    "created": {"paying", "paid", "failed", "closed"},
    "paying": {"paying", "paid", "failed", "closed", "unknown", "reversing"},
    "unknown": {"unknown", "paying", "paid", "failed", "closed", "reversing"},
    "reversing": {"closed", "paid"},
    "failed": {"paid", "closed"},
    "closed": {"paid"},
    "paid": set(),
}
"""From which state an order comes into which. Failed and closed orders may still turn out to be paid."""

OPEN = ("paying", "unknown", "reversing")
FROZEN = frozenset(
    "number business res_model res_id amount channel_id merchant_id way state paid_at day campus_id company_id currency_id "
    "account_id encounter_id close_result business_state".split()
)


class HospitalPayOrder(models.Model):
    """How an order comes into being, its states, and what follows from a payment."""

    _inherit = "hospital.pay.order"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            campus = self.env["hospital.campus"].browse(vals.get("campus_id")) or self.env.user._hospital_campus()
            if not campus:
                raise UserError(self.env._("You are not assigned to a campus yet. Ask the IT operator to add one."))
            _company_sudo = campus.sudo().company_id
            channel = self.env["hospital.pay.channel"].browse(vals["channel_id"])
            vals["campus_id"] = campus.id
            vals.setdefault("company_id", _company_sudo.id)
            vals.setdefault("currency_id", _company_sudo.currency_id.id)
            vals.setdefault("subject", _company_sudo.name)
            vals.setdefault("merchant_id", self._merchant(channel, campus).id)
            if vals.get("place", "window") == "window" and not vals.get("shift_id"):
                user = self.env["res.users"].browse(vals.get("user_id") or self.env.uid)
                vals["shift_id"] = self.env["hospital.shift"]._current(user=user, campus=campus).id
            if channel.sudo().kind == "online":
                vals.setdefault("next_check_at", fields.Datetime.add(fields.Datetime.now(), minutes=10))
            if vals.get("number", "/") == "/":
                vals["number"] = self._next_number(_company_sudo)
        return super().create(vals_list)

    def _merchant(self, channel, campus):
        merchant = self.env["hospital.pay.merchant"].sudo()._for(channel, campus)  # kiosks and phones read no merchants
        if channel.sudo().kind == "online" and not merchant:
            raise UserError(
                self.env._(
                    "%(channel)s is not set up for %(campus)s. Choose another way to pay, and tell the IT operator.",
                    channel=channel.sudo().name,
                    campus=campus.sudo().name,
                )
            )
        return merchant

    def write(self, vals):
        if FROZEN & vals.keys() and self.env.context.get("hospital_orders") is not CHECKED:
            raise UserError(
                self.env._("An order is never changed by hand: its state follows from what the channel says.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An order is never deleted: its number is known to the channel."))

    @api.model
    def _next_number(self, company):
        _sequence_sudo = self.env["ir.sequence"].sudo()  # sequences are closed to clerks
        return f"P{company._hospital_today():%Y%m%d}{_sequence_sudo.next_by_code('hospital.pay.order')}"

    # === OPENING ===

    @api.model
    def _open(self, record, business, channel, amount, way, **facts):
        """A new order about ``record``, to be paid next; whoever opens it must have seen to it that the user may.

        ``record`` is told by `_order_paid(order)` when the money is there. When that raises, the money goes back by
        the road it came. ``facts``: `patient_id`, `encounter_id`, `account_id`, `campus_id`, `place`, `subject`, `shift_id`.
        """
        currency = self.env.company.currency_id
        amount = currency.round(amount)
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("The amount must be more than zero. Correct it."))
        _sudo = self.sudo()  # nobody writes orders by hand
        order = _sudo.create(
            {
                **facts,
                "business": business,
                "res_model": record._name if record is not None else False,
                "res_id": record.id if record is not None else False,
                "channel_id": channel.id,
                "way": way,
                "amount": amount,
            }
        )
        return order.with_env(self.env)

    # === STEPS ===

    def _lock(self):
        """Hold the order; somebody else at it is a sentence."""
        try:
            _sudo = self.sudo()  # a lock needs no right to write
            _sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise BusyError(
                self.env._("This order is being worked on right now. Wait a moment and look again.")
            ) from None
        self.invalidate_recordset(flush=False)

    def _step(self, state, **facts):
        """The only place where an order changes its state, along the table, behind the lock of its row."""
        self.ensure_one()
        self._lock()
        if state not in STEPS[self.state]:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Order %(number)s is “%(now)s” and cannot become “%(then)s”. Look at it again.",
                    number=self.number,
                    now=labels[self.state],
                    then=labels[state],
                )
            )
        if state == "paid":
            facts = {**facts, **self._prepare_paid_vals(facts.get("paid_at"))}
        if state in ("paid", "failed", "closed"):
            facts.setdefault("next_check_at", False)
        before = self.state
        if state != before:
            facts["state_at"] = fields.Datetime.now()
        self._write_checked({**facts, "state": state})
        if state in ("failed", "closed") and state != before:
            self._on_ended()

    def _prepare_paid_vals(self, paid_at):
        paid_at = paid_at or fields.Datetime.now()
        _sudo = self.sudo()
        if _sudo.shift_id:
            shift = _sudo.shift_id._live()
        else:
            shift = self.env["hospital.shift"]._current(user=_sudo.user_id, campus=_sudo.campus_id, place=self.place)
        return {
            "paid_at": paid_at,
            "day": _sudo.company_id._hospital_date(paid_at),
            "business_state": "waiting",
            "close_result": False,
            "error": False,
            "shift_id": shift.id,
        }

    def _write_checked(self, vals):
        _sudo = self.sudo().with_context(hospital_orders=CHECKED)
        _sudo.write(vals)
        self.flush_recordset()

    # === WHAT FOLLOWS FROM A PAYMENT ===

    def _on_paid(self, strict=False):
        """Hand a paid order to the record it was paid for; when that cannot take it, the money goes back.

        :param strict: the money is still in the cashier's hand, so he reads the error and nothing is booked
        """
        self.ensure_one()
        if self.state != "paid" or self.business_state not in ("waiting", "none"):
            return
        record = self._business_record()
        if strict:
            if record is not None:
                record._order_paid(self)
            self._write_checked({"business_state": "done", "business_error": False})
            return
        try:
            with self.env.cr.savepoint():
                if record is not None:
                    if not record:
                        raise UserError(self.env._("What this order was to pay for does not exist any more."))
                    record._order_paid(self)
                self._write_checked({"business_state": "done", "business_error": False, "next_check_at": False})
        except Exception as error:  # whatever is wrong with our record, the payer's money must not be lost
            if is_momentary(error):
                if not isinstance(error, UserError):
                    raise  # the transaction is run again
                self._write_checked({"next_check_at": fields.Datetime.add(fields.Datetime.now(), seconds=5)})
                return
            self._business_failed(error)

    def _on_ended(self):
        """Tell the record that nobody has paid this order, if it wants to know: `_order_ended(order)`."""
        record = self._business_record()
        if not record or not hasattr(record, "_order_ended"):
            return
        try:
            with self.env.cr.savepoint():
                record._order_ended(self)
        except Exception as error:  # the order has ended all the same
            if not is_momentary(error):
                _logger.error("order %s: its end was not taken (%s)", self.id, type(error).__name__, exc_info=error)
                self._write_checked({"is_attention": True, "error": str(error)})
                return
            self._write_checked({"next_check_at": fields.Datetime.add(fields.Datetime.now(), seconds=5)})

    def _business_record(self):
        """The record the order is about, in the hands of the system; None when it is about none."""
        if not self.res_model or self.res_model not in self.env:
            return None
        _record_sudo = self.env[self.res_model].sudo()  # a payment arrives whoever happens to look
        return _record_sudo.browse(self.res_id).exists()

    def _business_failed(self, error):
        if isinstance(error, UserError):
            sentence = str(error)
        else:
            sentence = self.env._("Our own record could not take the payment. IT must look at the log.")
            _logger.error("order %s: paid, but its business failed (%s)", self.id, type(error).__name__, exc_info=error)
        self._write_checked({"business_state": "failed", "business_error": sentence, "next_check_at": False})
        self._refund_abnormal()

    def _refund_abnormal(self):
        """Paid, but for nothing: the money goes back by the road it came."""
        try:
            with self.env.cr.savepoint():
                _refunds_sudo = self.env["hospital.refund"].sudo()  # nobody has to ask for what must go back
                _refunds_sudo._refund_order(self.sudo(), self.business_error)
        except Exception as error:
            if is_momentary(error):
                self._write_checked({"next_check_at": fields.Datetime.add(fields.Datetime.now(), seconds=5)})
                return
            _logger.error("order %s: its refund could not be filed (%s)", self.id, type(error).__name__, exc_info=error)
            self._write_checked({"is_attention": True, "error": str(error)})

    # === REFUNDS: the amounts, moved by `hospital.refund` only ===

    def _reserve_refund(self, amount):
        """Keep a part of the payment for a refund on its way."""
        self._lock()
        if self.state != "paid" or self.currency_id.compare_amounts(amount, self.refundable_amount) > 0:
            raise UserError(
                self.env._(
                    "%(left)s of order %(number)s are left to refund, not %(wanted)s.",
                    left=self.currency_id.format(self.refundable_amount),
                    number=self.number,
                    wanted=self.currency_id.format(amount),
                )
            )
        self._write_checked({"refund_pending_amount": self.currency_id.round(self.refund_pending_amount + amount)})

    def _settle_refund(self, amount, done):
        """A refund on its way has come to its end: it is done, or its part of the payment is free again."""
        self._lock()
        vals = {"refund_pending_amount": self.currency_id.round(self.refund_pending_amount - amount)}
        if done:
            vals["refunded_amount"] = self.currency_id.round(self.refunded_amount + amount)
        self._write_checked(vals)
