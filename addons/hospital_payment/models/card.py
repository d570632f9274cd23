from odoo import fields, models
from odoo.exceptions import UserError


class HospitalCard(models.Model):
    _inherit = "hospital.card"

    account_ids = fields.One2many("hospital.account", "card_id", "Accounts")

    def _check_step(self, state):
        """Money stays with a card for as long as somebody holds it."""
        super()._check_step(state)
        if state != "returned":
            return
        _accounts_sudo = self.sudo().account_ids  # whoever takes cards back need not see accounts
        if balance := sum(_accounts_sudo.mapped("balance")):
            raise UserError(
                self.env._(
                    "There are still %(balance)s on the card %(number)s. Let the cash desk refund them first.",
                    balance=_accounts_sudo.currency_id[:1].format(balance),
                    number=self.number,
                )
            )
        _accounts_sudo._check_nothing_on_its_way()

    def _replace(self, number, reason=None, virtual=False):
        """The money of a card goes over to the one that takes its place."""
        new = super()._replace(number, reason=reason, virtual=virtual)
        _accounts_sudo = self.sudo().account_ids.filtered(lambda account: account.state == "open")
        if _accounts_sudo:
            if not new.may_hold_money and any(_accounts_sudo.mapped("balance")):
                raise UserError(
                    self.env._("Cards of the type %s hold no money. Refund the balance first.", new.type_id.name)
                )
            _accounts_sudo._lock()
            _accounts_sudo.write({"card_id": new.id})
        return new
