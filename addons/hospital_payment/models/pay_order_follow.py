# the follow-up commits order by order, each on a cursor of its own
# pylint: disable=invalid-commit

import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, LockError, UserError

from odoo.addons.hospital_exchange.tools.errors import CallError
from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from .pay_order_channels import TIRED_AFTER

_logger = logging.getLogger(__name__)


class HospitalPayOrder(models.Model):
    """Orders whose end is not known yet are asked about until it is."""

    _inherit = "hospital.pay.order"

    # === ASKING ===

    def _is_due(self):
        return bool(self.next_check_at) and self.next_check_at <= fields.Datetime.now()

    def _check(self):
        """Ask the channel in this transaction and make the order what it says; asking changes nothing over there."""
        self.ensure_one()
        self._lock()
        if self.state != "paid":
            self._ask()
        if self.state == "paid":
            self._on_paid()

    def _ask(self, is_final=False):
        if self.sudo().channel_id.kind != "online" or self.state == "created":
            return
        if self._is_lost():
            if self.state in ("paying", "unknown"):
                self._step("reversing", next_check_at=fields.Datetime.now())
            return
        try:
            answer = self._channel_call("query", self._build_query())
        except CallError as error:
            self._not_answered(error)
        else:
            self._take(answer, is_final)

    def _not_answered(self, error):
        vals = {"next_check_at": self._next_check(), "check_count": self.check_count + 1}
        if error.sentence:
            vals["error"] = error.sentence
        if self.check_count + 1 >= TIRED_AFTER or error.kind in ("config", "bug"):
            vals["is_attention"] = True
        self._write_checked(vals)

    def _is_lost(self):
        """Did the charge die before its answer was kept? Then the engine takes it back, and so does the order."""
        if self.way != "code":
            return False
        _messages_sudo = self.env["hospital.message"].sudo()  # the engine's own rows
        charges = _messages_sudo.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("interface_id.code", "=", "pay_code"),
                ("direction", "=", "out"),
            ]
        )
        for charge in charges.filtered(lambda charge: charge.caller_state == "open"):
            charge._settle_caller()
        return "lost" in charges.mapped("caller_state")

    # === CLOSING AND TAKING BACK ===

    def _close(self):
        """Nobody will pay this any more; gives `_status`. What was paid in the meantime stays paid."""
        with self._own_transaction() as order:
            order._lock()
            order._close_now()
            order._finish()
            return order._status()

    def _close_now(self):
        if self.state in ("paid", "closed", "failed"):
            return
        if self.state == "created":
            self._step("closed", close_result="absent")
            return
        if self.way == "code":
            raise UserError(self.env._("A payment code that was charged is taken back, not closed."))
        try:
            self._channel_call("close", self._build_close())
        except CallError as error:
            if error.kind == "business":
                self._ask(is_final=True)
                if self.state in ("paying", "unknown") and self._was_never_scanned():
                    self._step("closed", close_result="absent")
            else:
                self._not_answered(error)
        else:
            self._step("closed", close_result="closed")

    def _was_never_scanned(self):
        """The channel neither closes it nor knows it as paid: it begins with the payer's scan, and the code has run out."""
        return self.expires_at and self.expires_at < fields.Datetime.now() and not self.channel_number

    def _reverse(self):
        """Take back a charge whose end is not clear, so that the patient can pay anew; gives `_status`."""
        with self._own_transaction() as order:
            order._lock()
            order._reverse_now()
            order._finish()
            return order._status()

    def _reverse_now(self):
        if self.way != "code":
            raise UserError(self.env._("Only a payment code that was charged is taken back. Close the order instead."))
        if self.state not in ("paying", "unknown", "reversing"):
            raise UserError(self.env._("Order %s cannot be taken back any more. Look at its state.", self.number))
        self._check_may_reverse()
        if self.state != "reversing":
            self._step("reversing", next_check_at=self._next_check())
            self.env.cr.commit()  # on the cursor of `_own_transaction`: it stands before the call
            self._lock()
        try:
            self._channel_call("reverse", self._build_reverse())
        except CallError as error:
            if error.kind == "business":  # too late, or refunded otherwise: what does the channel say it is?
                self._ask(is_final=True)
            if self.state == "reversing":
                self._not_answered(error)

    def _check_may_reverse(self):
        wait = self.sudo().channel_id.reverse_wait_s - (fields.Datetime.now() - self.sent_at).total_seconds()
        if wait > 0:
            raise UserError(
                self.env._(
                    "The channel takes payments back only after a while. Try again in %s seconds.", round(wait) + 1
                )
            )

    # === FOLLOW-UP ===

    def _follow_up(self):
        """One step nearer to the end, in a transaction of its own; gives `_status`."""
        with self._own_transaction() as order:
            order._lock()
            order._follow_up_now()
            order._finish()
            return order._status()

    def _follow_up_now(self):
        if self.state == "created":
            self._step("closed", close_result="absent")  # nobody came to pay; the channel knows nothing of it
        elif self.state == "reversing":
            self._reverse_now()
        elif self.state == "paid":
            self._follow_up_paid()
        else:
            self._ask()
            if self.state in ("paying", "unknown"):
                self._follow_up_open()
            elif self.state == "reversing":
                self._reverse_now()
            elif self.state in ("failed", "closed"):
                self._write_checked({"next_check_at": False})
                self._on_ended()

    def _follow_up_open(self):
        if self.way == "code":
            if self._is_to_be_decided():
                self._reverse_now()
        elif not self.expires_at or self.expires_at <= fields.Datetime.now():
            self._close_now()

    def _follow_up_paid(self):
        if self.business_state == "failed":
            self._write_checked({"next_check_at": False})
            if not self.refund_line_ids:
                self._refund_abnormal()

    @api.model
    def _cron_follow_up(self):
        """Orders that are due, the oldest first; one that cannot be followed up holds up none of the others."""
        due = self.search([("next_check_at", "<=", fields.Datetime.now())], order="next_check_at, id", limit=1000)
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for order in due:
            try:
                order._follow_up()
            except Exception as error:  # the next one is tried, this one comes again
                if not is_momentary(error):
                    _logger.error(
                        "order %s could not be followed up (%s)", order.id, type(error).__name__, exc_info=error
                    )
                    order._put_off()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _put_off(self):
        """Our own mistake with this order: somebody has to look, and it is tried again in an hour."""
        with self._own_transaction() as order:
            order._lock()
            again = fields.Datetime.add(fields.Datetime.now(), hours=1)
            order._write_checked({"is_attention": True, "next_check_at": again})

    # === CALLED BY THE CHANNEL ===

    @api.model
    def _receive_notify(self, interface, payload):
        """A notice of the channel, verified and put into our words by its protocol. It comes often, late and out of order."""
        if payload.get("refund_no"):
            return self.env["hospital.refund.line"]._receive_notify(interface, payload)
        _orders_sudo = self.sudo()  # the technical user of the platform reads no orders
        order = _orders_sudo.search(
            [
                ("number", "=", payload.get("order_no") or ""),
                ("merchant_id.platform_id", "=", interface.sudo().platform_id.id),
            ]
        )
        if not order:
            raise UserError(self.env._("There is no such order."))
        interface._about(order)
        try:
            order.lock_for_update(allow_referencing=True)
        except LockError as error:  # somebody at it: the call is run again, and then the channel is told to come again
            raise ConcurrencyError(str(error)) from error
        order.invalidate_recordset(flush=False)
        if order.state in ("failed", "closed", "reversing") or order._is_lost():
            # asked before it is believed; what died with its caller is being taken back, so it must not be booked
            order._write_checked({"next_check_at": fields.Datetime.now()})
            order._wake_follow_up()
        elif order.state != "paid":
            order._take(payload)
            order._wake_follow_up()
        return {}

    def _wake_follow_up(self):
        _cron_sudo = self.env.ref("hospital_payment.ir_cron_follow_up_orders").sudo()
        _cron_sudo._trigger()
