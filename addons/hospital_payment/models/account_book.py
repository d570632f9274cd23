from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import float_compare

from odoo.addons.hospital_exchange.tools.momentary import BusyError

SEQUENCES = {"card": "hospital.account.card", "inpatient": "hospital.account.inpatient"}


class HospitalAccount(models.Model):
    """How accounts come into being, and the one way to an entry."""

    _inherit = "hospital.account"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            campus = self.env["hospital.campus"].browse(vals.get("campus_id"))
            _company_sudo = campus.sudo().company_id
            vals.setdefault("company_id", _company_sudo.id)
            vals.setdefault("currency_id", _company_sudo.currency_id.id)
            if vals.get("number", "/") == "/":
                _sequence_sudo = self.env["ir.sequence"].sudo()  # sequences are closed to clerks
                vals["number"] = _sequence_sudo.next_by_code(SEQUENCES[vals["kind"]])
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An account is never deleted. Close it when it is empty."))

    # === OPENING AND CLOSING ===

    @api.model
    def _for_card(self, card, campus=None):
        """The open account of a card; opened now when there is none."""
        card.ensure_one()
        card.check_access("read")
        found = self.search([("card_id", "=", card.id), ("state", "=", "open")])
        if found:
            return found
        if not card.may_hold_money:
            raise UserError(
                self.env._("No money can be put on cards of the type %s. Use another card.", card.type_id.name)
            )
        if card.state != "in_use":
            raise UserError(self.env._("The card %s is not in use any more. Use the patient's new card.", card.number))
        campus = campus or self.env.user._hospital_campus() or card.campus_id
        return self._open("card", card.patient_id, campus, card_id=card.id)

    @api.model
    def _for_encounter(self, encounter):
        """The deposit of a stay; opened now when there is none."""
        encounter.ensure_one()
        encounter.check_access("read")
        found = self.search([("encounter_id", "=", encounter.id)])
        if found:
            return found
        if encounter.kind not in ("inpatient", "observation"):
            raise UserError(self.env._("A deposit is taken for a stay. Use the card of the patient for other visits."))
        if encounter.state == "cancelled":
            raise UserError(self.env._("The stay %s is cancelled: no deposit can be taken for it.", encounter.number))
        return self._open("inpatient", encounter.patient_id, encounter.campus_id, encounter_id=encounter.id)

    def _open(self, kind, patient, campus, **belongs):
        if not campus:
            raise UserError(self.env._("You are not assigned to a campus yet. Ask the IT operator to add one."))
        _sudo = self.sudo()  # nobody makes accounts by hand
        vals = {"kind": kind, "patient_id": patient.id, "campus_id": campus.id, **belongs}
        return _sudo.create(vals).with_env(self.env)

    def _close(self):
        self._lock()
        for account in self:
            if account.balance:
                raise UserError(
                    self.env._(
                        "There are still %(balance)s on the account %(number)s. Refund them first.",
                        balance=account.currency_id.format(account.balance),
                        number=account.number,
                    )
                )
            account._check_nothing_on_its_way()
        _sudo = self.sudo()
        _sudo.write({"state": "closed"})

    def _check_nothing_on_its_way(self):
        """What left the account for a refund comes back to it when the refund fails."""
        for account in self.sudo():  # whoever closes an account need not see its refunds
            lines = self.env["hospital.refund.line"].sudo()
            going = lines.search([("account_id", "=", account.id), ("state", "not in", ("done", "cancelled"))])
            if going:
                raise UserError(
                    self.env._(
                        "%(amount)s of the account %(number)s are on their way back (refund %(refund)s). Wait until that "
                        "is done, or end it first.",
                        amount=account.currency_id.format(sum(going.mapped("amount"))),
                        number=account.number,
                        refund=going[0].refund_id.number,
                    )
                )

    # === BOOKING ===

    def _lock(self):
        """Lock the rows in the order of their ids, so that two who need the same ones never wait for each other."""
        try:
            _sudo = self.sudo()  # a lock needs no right to write
            _sudo.sorted("id").lock_for_update(allow_referencing=True)
        except LockError:
            raise BusyError(
                self.env._("Somebody else is moving money on this account right now. Try again in a moment.")
            ) from None
        self.invalidate_recordset(["balance", "state"], flush=False)

    @api.model
    def _book(self, vals_list):
        """Write entries, the only way to move an account; gives them in the order of ``vals_list``.

        Each needs `account_id`, `kind` and the signed `amount`; what they are about (`order_id`, `settlement_id`,
        `refund_line_id`, `reverses_id`), `place`, `at` and `shift_id` as far as they apply. Whoever books must have seen to
        it that the user may. All of them or none: the rows are locked, the balances looked at, and the database checks
        both once more.
        """
        accounts = self.browse({vals["account_id"] for vals in vals_list}).sudo().sorted("id")
        accounts._lock()
        now = fields.Datetime.now()
        rows = []
        for vals in vals_list:
            account = self.browse(vals["account_id"]).sudo()
            at = vals.get("at") or now
            rows.append(
                {
                    "place": "window",
                    "user_id": self.env.uid,
                    **vals,
                    "account_kind": account.kind,
                    "campus_id": vals.get("campus_id") or account.campus_id.id,
                    "company_id": account.company_id.id,
                    "currency_id": account.currency_id.id,
                    "amount": account.currency_id.round(vals["amount"]),
                    "at": at,
                    "day": account.company_id._hospital_date(at),
                }
            )
        accounts._check_bookable(rows)
        entries = self.env["hospital.account.entry"].sudo().create(rows)  # entries are closed to everybody
        entries.flush_recordset()
        accounts.invalidate_recordset(["balance", "entry_ids"], flush=False)
        return entries.with_env(self.env)

    def _check_bookable(self, rows):
        for account in self:
            own = [row for row in rows if row["account_id"] == account.id]
            if account.state != "open":
                raise UserError(self.env._("The account %s is closed: nothing can be booked on it.", account.number))
            moved = sum(row["amount"] for row in own)
            if moved < 0 and account.currency_id.compare_amounts(account.balance + moved, 0) < 0:
                raise UserError(
                    self.env._(
                        "There are only %(balance)s on the account %(number)s, not %(wanted)s.",
                        balance=account.currency_id.format(account.balance),
                        number=account.number,
                        wanted=account.currency_id.format(-moved),
                    )
                )

    def _reversal_vals(self, entry, amount=None, **facts):
        """Values that give back an entry, wholly or in part; for `_book`."""
        entry.ensure_one()
        given_back = sum(entry.sudo().reversal_ids.mapped("amount"))
        left = entry.amount + given_back
        amount = abs(left) if amount is None else amount
        if amount <= 0 or float_compare(amount, abs(left), precision_rounding=entry.currency_id.rounding) > 0:
            raise UserError(
                self.env._(
                    "%(left)s of this entry are left to give back, not %(wanted)s.",
                    left=entry.currency_id.format(abs(left)),
                    wanted=entry.currency_id.format(amount),
                )
            )
        return {
            "account_id": entry.account_id.id,
            "kind": "reversal",
            "amount": -amount if entry.amount > 0 else amount,
            "reverses_id": entry.id,
            **facts,
        }

    # === TOP-UPS ===

    def _order_paid(self, order):
        """What was paid by this order comes onto the account."""
        self.ensure_one()
        return self._book(
            [
                {
                    "account_id": self.id,
                    "kind": "topup",
                    "amount": order.amount,
                    "order_id": order.id,
                    "campus_id": order.campus_id.id,
                    "shift_id": order.shift_id.id,
                    "user_id": order.user_id.id,
                    "place": order.place,
                    "at": order.paid_at,
                }
            ]
        )
