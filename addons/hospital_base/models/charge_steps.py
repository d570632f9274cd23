from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.tools import float_compare, float_round, groupby

STEPS = {"unsettled": {"settled", "reversed"}, "settled": {"unsettled"}, "reversed": set()}


class HospitalCharge(models.Model):
    """What happens to a charge after it was entered: reversed wholly or in part, settled, unsettled."""

    _inherit = "hospital.charge"

    # === REVERSING ===

    def _reverse(self, quantity=None, reason=None, at=None):
        """Take charges back by reversing lines and return these.

        ``quantity``: None takes back all that is left; a number, of a single charge, that much; a dict {charge id: number}.
        ``at``: the service time of the reversing lines. By default an unsettled charge is taken back on its own day, so that
        the day's sum is right afterwards, and a settled one now, since that is when the money goes back.
        Two who take back the same line at once: one wins, the other is told, and never more than the quantity goes back.
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Enter the reason for the reversal."))
        if not self:
            return self
        self._lock()
        wanted = self._reversal_quantities(quantity)
        now = self.env.cr.now().replace(microsecond=0)
        vals_list = []
        days = {}
        for charge in self.sudo():  # facts of the line, which who reverses could read when choosing it
            service_at = at or (charge.service_at if charge.state == "unsettled" else now)
            company = charge.company_id
            if (company, service_at) not in days:
                days[company, service_at] = company._hospital_date(service_at)
                company._hospital_check_unlocked(days[company, service_at])
            vals_list.append(
                charge._prepare_reversal(wanted[charge.id], reason.strip(), service_at, days[company, service_at])
            )
        for charge, vals in zip(self.sudo(), vals_list, strict=True):
            charge._write_checked(
                {
                    "reversed_quantity": charge._round_quantity(charge.reversed_quantity - vals["quantity"]),
                    "reversed_amount": charge.currency_id.round(charge.reversed_amount - vals["amount"]),
                }
            )
        reversals = self._create_checked(vals_list)
        self._close_reversed()
        return reversals

    def _lock(self):
        """Lock the rows and forget what was read of them before. A row another one holds is a clear sentence."""
        _charges_sudo = self.sudo()  # a lock needs no right to write
        try:
            _charges_sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Someone else is working on these charges right now. Wait a moment, look again and repeat the step."
                )
            )
        self.invalidate_recordset(["state", "reversed_quantity", "reversed_amount", "open_quantity", "open_amount"])

    def _reversal_quantities(self, quantity):
        """{charge id: how much to take back}, checked against what is left."""
        if isinstance(quantity, (int, float)):
            self.ensure_one()
            quantity = {self.id: quantity}
        wanted = {}
        for charge in self.sudo():
            if charge.reversal_of_id:
                raise UserError(
                    self.env._(
                        "%s is itself a reversal and cannot be reversed. Enter a new charge instead.", charge.name
                    )
                )
            left = charge._round_quantity(charge.quantity - charge.reversed_quantity)
            amount = charge._round_quantity(left if quantity is None else quantity.get(charge.id, left))
            if not left:
                raise UserError(self.env._("%s is already reversed wholly. Open the list again.", charge.name))
            if amount <= 0:
                raise UserError(self.env._("The quantity to take back of %s must be more than zero.", charge.name))
            if charge._compare_quantity(amount, left) > 0:
                raise UserError(
                    self.env._(
                        "Only %(left)g of %(item)s are left to take back, not %(wanted)g.",
                        left=left,
                        item=charge.name,
                        wanted=amount,
                    )
                )
            wanted[charge.id] = amount
        return wanted

    def _prepare_reversal(self, quantity, reason, service_at, service_date):
        copied = (
            "encounter_id patient_id campus_id company_id currency_id product_id category_id uom_id "
            "order_department_id "
            "order_practitioner_id exec_department_id exec_practitioner_id"
        ).split()
        return {
            **{name: self[name].id for name in copied},
            **{
                name: self[name]
                for name in ("name", "price_unit", "origin_model", "origin_id", "origin_ref", "is_late")
            },
            "quantity": -quantity,
            "amount": -self._reversal_amount(quantity),
            "service_at": service_at,
            "service_date": service_date,
            "reversal_of_id": self.id,
            "reason": reason,
            "state": "unsettled",
        }

    def _reversal_amount(self, quantity):
        """The money of a part: rounded on the running total, so that all parts together are the amount to the cent."""
        done = self._round_quantity(self.reversed_quantity + quantity)
        if self._compare_quantity(done, self.quantity) == 0:
            total = self.amount
        else:
            total = self.currency_id.round(self.amount * done / self.quantity)
        return self.currency_id.round(total - self.reversed_amount)

    def _close_reversed(self):
        """An unsettled charge that was taken back wholly and its reversals owe nothing any more."""
        closed = self.sudo().filtered(
            lambda charge: (
                charge.state == "unsettled" and charge._compare_quantity(charge.quantity, charge.reversed_quantity) == 0
            )
        )
        if closed:
            (closed | closed.reversal_ids)._change_state("reversed")

    # === SETTLING, for the addons that take the money ===

    def _settle(self, values=None):
        """Unsettled → settled; ``values`` are the settling addon's own fields. All of them or none."""
        self._lock()
        for reversal in self.sudo().filtered("reversal_of_id"):
            original = reversal.reversal_of_id
            if original.state == "unsettled" and original not in self:
                raise UserError(
                    self.env._("%s takes back a charge that is not settled yet. Settle both together.", reversal.name)
                )
        for charge in self.sudo().filtered("reversed_quantity"):
            if (
                charge.state == "unsettled"
                and charge.reversal_ids.filtered(lambda line: line.state == "unsettled") - self
            ):
                raise UserError(
                    self.env._("%s was taken back in part. Settle it together with its reversal.", charge.name)
                )
        self._change_state("settled", values)

    def _unsettle(self, values=None):
        """Settled → unsettled, when a settlement is cancelled; what was taken back wholly since then is closed."""
        (self | self.sudo().reversal_of_id)._lock()
        for charge in self.sudo().filtered("reversed_quantity"):
            if charge.reversal_ids.filtered(lambda line: line.state == "settled") - self:
                raise UserError(
                    self.env._("A reversal of %s is settled. Cancel that later settlement first.", charge.name)
                )
        self._change_state("unsettled", values)
        (self | self.sudo().reversal_of_id)._close_reversed()

    def _change_state(self, state, values=None):
        """The only place where a charge changes its state."""
        for charge in self.sudo():
            if state not in STEPS[charge.state]:
                labels = dict(charge._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(item)s of %(day)s is %(now)s and cannot become %(then)s. Look at the list again.",
                        item=charge.name,
                        day=charge.service_date,
                        now=labels[charge.state],
                        then=labels[state],
                    )
                )
        self._write_checked({**(values or {}), "state": state})

    # === HELPERS ===

    @api.model
    def _quantity_digits(self):
        return self.env["decimal.precision"].precision_get("Product Unit")

    def _round_quantity(self, quantity):
        return float_round(quantity, precision_digits=self._quantity_digits())

    def _compare_quantity(self, one, other):
        return float_compare(one, other, precision_digits=self._quantity_digits())

    # === ACTIONS ===

    def action_cancel(self):
        """Choose what to take back of these charges."""
        for encounter, _charges in groupby(self, lambda charge: charge.encounter_id):
            if encounter != self.encounter_id[:1]:
                raise UserError(self.env._("Choose charges of one visit only."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel charges"),
            "res_model": "hospital.charge.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_encounter_id": self.encounter_id.id, "default_charge_ids": self.ids},
        }

    def action_open_encounter(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.encounter",
            "res_id": self.encounter_id.id,
            "views": [[False, "form"]],
        }

    def action_open_original(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.charge",
            "res_id": (self.reversal_of_id or self).id,
            "views": [[False, "form"]],
        }
