from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

STATES = [("requested", "Requested"), ("accepted", "Accepted"), ("rejected", "Rejected")]


class HospitalRefundWish(models.Model):
    """A patient asks on his phone that paid charges be taken back (S2-2.49).

    The cash desk sees whether they were carried out and accepts or rejects. Accepted, it is a partial refund like every
    other: the charges are taken back at once, and the money goes by `hospital.refund` by the road it came.
    """

    _name = "hospital.refund.wish"
    _description = "Refund asked for by a patient"
    _inherit = ["hospital.access.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "patient_id", "settlement_id"]

    number = fields.Char(required=True, readonly=True, copy=False)
    partner_number = fields.Char("Number of the request", required=True, readonly=True, copy=False)
    settlement_id = fields.Many2one(
        "hospital.settlement", required=True, readonly=True, index=True, ondelete="restrict"
    )
    encounter_id = fields.Many2one(related="settlement_id.encounter_id", string="Visit")
    patient_id = fields.Many2one("hospital.patient", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    channel_names = fields.Char(related="settlement_id.channel_names")
    line_ids = fields.One2many("hospital.refund.wish.line", "wish_id", "Charges", readonly=True)
    amount = fields.Monetary("Charged for it", required=True, readonly=True)
    reason = fields.Char(readonly=True)
    place = fields.Selection(
        [("kiosk", "Self-service machine"), ("app", "Phone")], required=True, readonly=True, default="app"
    )
    state = fields.Selection(STATES, required=True, readonly=True, copy=False, default="requested")
    requested_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, copy=False, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True, copy=False)
    decision = fields.Char("What the patient reads", readonly=True, copy=False)
    back_id = fields.Many2one("hospital.settlement", "Taken back by", readonly=True, copy=False, ondelete="restrict")
    refund_id = fields.Many2one("hospital.refund", readonly=True, copy=False, ondelete="restrict")
    refund_state = fields.Selection(related="refund_id.state", string="State of the refund")

    _number_unique = models.UniqueIndex("(number)", "This number is already used.")
    _partner_number_unique = models.UniqueIndex("(partner_number)", "This request was made already.")
    _open_index = models.Index("(campus_id) WHERE state = 'requested'")

    # === CRUD ===

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What a patient asked for is never deleted. Accept or reject it."))

    # === ACTIONS ===

    def action_accept(self):
        """Take the charges back; their money is owed from now on."""
        for wish in self:
            wish._decide()
            settlement = wish.settlement_id
            quantities = {line.charge_id.id: line.quantity for line in wish.line_ids}
            label = wish.env._("Asked for by the patient")
            back = settlement._refund_lines(quantities, f"{label}: {wish.reason}" if wish.reason else label)
            refunds = settlement.sudo().refund_ids  # shown to who accepted it
            _sudo = wish.sudo()  # nobody writes wishes, their steps do
            _sudo.write({"state": "accepted", "back_id": back.id, "refund_id": refunds.sorted("id")[-1:].id})

    def action_reject(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reject the request"),
            "res_model": "hospital.refund.wish.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_wish_id": self.id, "dialog_size": "medium"},
        }

    def action_open_settlement(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.settlement",
            "res_id": self.settlement_id.id,
            "views": [[False, "form"]],
        }

    # === BUSINESS ===

    @api.model
    def _ask(self, patient, lines, reason, place, partner_number):
        """File a wish; ``lines``: {charge: quantity} of one settlement of the patient, all still to be taken back."""
        settlement = self._settlement_of(patient, lines)
        settlement._lock()
        self._check_lines(lines)
        currency = settlement.currency_id
        _sequence_sudo = self.env["ir.sequence"].sudo()  # platforms draw no numbers
        day = settlement.company_id._hospital_today()
        _sudo = self.sudo()  # nobody writes wishes; whose charges they are was checked
        with unique_or_sentence(self.env, lambda: self.env._("This request was made already under the same number.")):
            return _sudo.create(
                {
                    "number": f"W{day:%Y%m%d}{_sequence_sudo.next_by_code('hospital.refund.wish')}",
                    "partner_number": partner_number,
                    "settlement_id": settlement.id,
                    "patient_id": patient.id,
                    "campus_id": settlement.campus_id.id,
                    "reason": reason or False,
                    "place": place,
                    "amount": currency.round(
                        sum(charge._reversal_amount(quantity) for charge, quantity in lines.items())
                    ),
                    "line_ids": [
                        fields.Command.create({"charge_id": charge.id, "quantity": quantity})
                        for charge, quantity in lines.items()
                    ],
                }
            )

    def _settlement_of(self, patient, lines):
        """The one settlement in which all of these charges were paid."""
        _lines_sudo = self.env["hospital.settlement.line"].sudo()  # whose they are is asked here
        paid = _lines_sudo.search(
            [
                ("charge_id", "in", [charge.id for charge in lines]),
                ("is_live", "=", True),
                ("settlement_id.state", "=", "done"),
                ("settlement_id.kind", "=", "outpatient"),
                ("settlement_id.patient_id", "=", patient.id),
            ]
        )
        if not lines or len(paid) < len(lines):
            raise UserError(self.env._("Some of the chosen charges are not paid. Look at them again."))
        if len(paid.settlement_id) > 1:
            raise UserError(
                self.env._("The chosen charges were paid at different times. Ask for each payment by itself.")
            )
        return paid.settlement_id

    def _check_lines(self, lines):
        for charge, quantity in lines.items():
            if charge.reversal_of_id or quantity <= 0 or charge._compare_quantity(quantity, charge.open_quantity) > 0:
                raise UserError(
                    self.env._(
                        "Only %(left)g of %(item)s are left to take back.",
                        left=0 if charge.reversal_of_id else charge.open_quantity,
                        item=charge.name,
                    )
                )
        _wishes_sudo = self.sudo()  # what the same patient has asked for before
        waiting = _wishes_sudo.search(
            [
                ("state", "=", "requested"),
                ("line_ids.charge_id", "in", [charge.id for charge in lines]),
            ],
            limit=1,
        )
        if waiting:
            raise UserError(
                self.env._("Some of these charges are asked for already in %s. Wait for its decision.", waiting.number)
            )

    def _decide(self, decision=False):
        """Of two at once one decides; the other is told."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(self.env._("Requests of patients are decided by the cash desk."))
        _sudo = self.sudo()  # nobody writes wishes, their steps do
        try:
            _sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(self.env._("A colleague is deciding about %s right now.", self.number)) from None
        self.invalidate_recordset()
        if self.state != "requested":
            raise UserError(self.env._("%s is decided already. Open it again.", self.number))
        _sudo.write({"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now(), "decision": decision or False})

    def _reject(self, reason):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write why: the patient reads it."))
        self._decide(reason)
        _sudo = self.sudo()  # nobody writes wishes, their steps do
        _sudo.state = "rejected"
