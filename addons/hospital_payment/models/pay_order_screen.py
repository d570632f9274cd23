from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.hospital_base.tools.printing import qr_data_uri
from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from ..tools.capitals import capitals
from .pay_order_steps import OPEN


class HospitalPayOrder(models.Model):
    """What the cashier's screen does with an order while the patient stands there."""

    _inherit = "hospital.pay.order"

    print_count = fields.Integer("Times printed", readonly=True, copy=False, default=0)

    def _step(self, state, **facts):
        before = self.state
        result = super()._step(state, **facts)
        if before in OPEN and state != before:
            _user_sudo = self.sudo().user_id
            _user_sudo._bus_send("hospital_pay_order", {"id": self.id})
        return result

    def _capitals(self):
        return capitals(self.amount)

    def _check_mine(self):
        """Only who took the order on charges it: money taken belongs to his shift."""
        self.ensure_one()
        self.check_access("read")
        _self_sudo = self.sudo()
        if self.env.su:
            return
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(self.env._("Only cashiers take money."))
        if _self_sudo.user_id != self.env.user:
            raise AccessError(
                self.env._("Order %(number)s was begun by %(user)s.", number=self.number, user=_self_sudo.user_id.name)
            )

    def _screen_status(self, status=None):
        status = status or self.sudo()._status()
        _self_sudo = self.sudo()
        return {
            **status,
            "way": _self_sudo.way,
            "channel": _self_sudo.channel_id.name,
            "amount_text": _self_sudo.currency_id.format(status["amount"]),
            "qr_image": qr_data_uri(status["qr_code"]) if status["qr_code"] else False,
        }

    def hospital_poll(self):
        """What a screen asks every few seconds while the patient pays: the state, found out anew when it is due."""
        self.ensure_one()
        self.check_access("read")
        is_online = self.sudo().channel_id.kind == "online"
        if is_online and self.state != "created" and self._is_due():
            try:
                return self._screen_status(self._follow_up())
            except UserError as error:
                if not is_momentary(error):
                    raise
        return self._screen_status()

    def hospital_pay_code(self, auth_code):
        """Charge the code that was scanned."""
        self._check_mine()
        return self._screen_status(self._pay_code(auth_code))

    def hospital_pay_qr(self):
        """Show a code to scan."""
        self._check_mine()
        return self._screen_status(self._pay_qr())

    def hospital_give_up(self):
        """The patient pays another way, or not at all; what is paid in the meantime stays paid."""
        self._check_mine()
        if self.state in ("failed", "closed", "paid"):
            return self._screen_status()
        if self.way == "code" and self.state != "created":
            return self._screen_status(self._reverse())
        return self._screen_status(self._close())

    def action_check(self):
        """Ask the channel now; for finance and cashiers, of orders whose end is not known."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_groups(
            "hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk"
        ):
            raise AccessError(self.env._("Only the cash desk and finance ask channels about orders."))
        if self.sudo().channel_id.kind != "online":
            raise UserError(self.env._("This order was not paid by a payment platform, so there is nobody to ask."))
        if self.state == "created":
            raise UserError(self.env._("The channel does not know this order yet."))
        status = self._follow_up()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if status["state"] == "paid" else "info",
                "message": self.env._("Order %(number)s: %(state)s", number=self.number, state=labels[status["state"]]),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_attended(self):
        """Somebody has looked at it and has done what was needed."""
        self.check_access("read")
        if not self.env.user.has_group("hospital_base.group_hospital_finance_clerk"):
            raise AccessError(self.env._("Only finance decides about abnormal orders."))
        for order in self:
            order._lock()
            order._write_checked({"is_attention": False})

    def action_open_business(self):
        """What was paid for."""
        self.ensure_one()
        if not self.res_model or not self.res_id:
            raise UserError(self.env._("This order was paid for nothing in particular."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }

    def action_topup_receipt(self):
        """The receipt of a top-up; the second and later ones say that they are copies."""
        self.ensure_one()
        self.check_access("read")
        if self.business not in ("topup_card", "topup_inpatient") or self.business_state != "done":
            raise UserError(self.env._("Only top-ups that are on the account have a receipt."))
        self._lock()
        self._write_checked({"print_count": self.print_count + 1})
        report = "a5" if self.sudo().company_id.hospital_receipt_paper == "a5" else "80mm"
        return self.env.ref(f"hospital_payment.action_report_topup_receipt_{report}").report_action(self)
