from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence
from odoo.addons.hospital_exchange.tools.momentary import BusyError

from .account_entry import PLACES

LIVE_STATES = ("open", "reopened")
BY_HAND = {"count_ids", "float_amount", "difference_note"}
DENOMINATIONS = (100, 50, 20, 10, 5, 1, 0.5, 0.1)


class HospitalShift(models.Model):
    """What one cashier takes and gives between opening and counting, at one campus (日结).

    Every movement of money names its shift, and its totals are always reckoned from those movements, never kept
    beside them. How they are reckoned is in `shift_ledger.py`.
    """

    _name = "hospital.shift"
    _description = "Cashier shift"
    _inherit = ["mail.thread", "hospital.xlsx.mixin"]
    _rec_name = "number"
    _order = "opened_at desc, id desc"

    number = fields.Char(required=True, readonly=True, copy=False)
    user_id = fields.Many2one("res.users", "Cashier", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    place = fields.Selection(PLACES, required=True, readonly=True, default="window")
    opened_at = fields.Datetime("Opened at", required=True, readonly=True, default=fields.Datetime.now)
    counted_at = fields.Datetime("Counted at", readonly=True, copy=False)
    counted_by_id = fields.Many2one("res.users", "Counted by", readonly=True, copy=False)
    closed_at = fields.Datetime("Closed at", readonly=True, copy=False)
    day = fields.Date(compute="_compute_day", store=True, index=True, help="The day on which it was opened.")
    state = fields.Selection(
        [("open", "On duty"), ("counted", "Counted"), ("closed", "Shift closed"), ("reopened", "Reopened")],
        required=True,
        readonly=True,
        copy=False,
        default="open",
        tracking=True,
    )
    float_amount = fields.Monetary(
        "Cash at the beginning", copy=False, tracking=True, aggregator=None, help="Small change the shift began with."
    )
    count_ids = fields.One2many("hospital.shift.count", "shift_id", "Cash counted")
    line_ids = fields.One2many("hospital.shift.line", "shift_id", "Totals", readonly=True)
    taken_total = fields.Monetary("Taken", readonly=True, copy=False, help="Paid orders of all channels.")
    given_total = fields.Monetary("Given back", readonly=True, copy=False, help="Refunds of all channels.")
    settled_total = fields.Monetary("Settled", readonly=True, copy=False, help="Charges settled, net of taken back.")
    cash_taken = fields.Monetary("Cash taken", readonly=True, copy=False)
    cash_given = fields.Monetary("Cash given back", readonly=True, copy=False)
    cash_expected = fields.Monetary("Cash there should be", compute="_compute_cash", store=True, aggregator=None)
    cash_counted = fields.Monetary("Cash counted in total", compute="_compute_cash", store=True, aggregator=None)
    difference = fields.Monetary(compute="_compute_cash", store=True)
    cash_to_hand_in = fields.Monetary("Cash to hand in", compute="_compute_cash", store=True, aggregator=None)
    difference_note = fields.Char("Explanation of the difference", copy=False, tracking=True)
    notice = fields.Char(compute="_compute_notice")
    supervisor_id = fields.Many2one("res.users", "Closed by", readonly=True, copy=False)
    reopened_by_id = fields.Many2one("res.users", "Reopened by", readonly=True, copy=False)
    reopened_at = fields.Datetime("Reopened at", readonly=True, copy=False)
    reopen_reason = fields.Char("Why it was reopened", readonly=True, copy=False)
    print_count = fields.Integer("Printed", readonly=True, copy=False, aggregator=None)
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _number_unique = models.UniqueIndex("(number)", "This shift number is already used.")
    _one_open = models.UniqueIndex(
        "(user_id, campus_id) WHERE state = 'open'", "You have an open shift at this campus already."
    )
    _waiting_index = models.Index("(campus_id) WHERE state <> 'closed'")

    # === COMPUTE ===

    @api.depends("opened_at", "campus_id")
    def _compute_day(self):
        for shift in self:
            company = shift.campus_id.company_id or self.env.company
            shift.day = company._hospital_date(shift.opened_at) if shift.opened_at else False

    @api.depends("float_amount", "cash_taken", "cash_given", "count_ids.amount")
    def _compute_cash(self):
        for shift in self:
            currency = shift.currency_id or self.env.company.currency_id
            shift.cash_expected = currency.round(shift.float_amount + shift.cash_taken - shift.cash_given)
            shift.cash_counted = currency.round(sum(shift.count_ids.mapped("amount")))
            shift.difference = currency.round(shift.cash_counted - shift.cash_expected)
            shift.cash_to_hand_in = currency.round(shift.cash_counted - shift.float_amount)

    @api.depends("state", "user_id")
    def _compute_notice(self):
        """What is not clear yet and would fall into the next shift."""
        unclear = self._unclear_orders()
        for shift in self:
            count = unclear.get(shift.id)
            shift.notice = (
                _(
                    "%s payments of this shift are not clear yet. What turns out to be paid after the counting falls into "
                    "the next shift.",
                    count,
                )
                if count and shift.state != "closed"
                else False
            )

    def _unclear_orders(self):
        _orders_sudo = self.env["hospital.pay.order"].sudo()  # the number of them, not what they are
        return {
            shift.id: count
            for shift, count in _orders_sudo._read_group(
                [("shift_id", "in", self.ids), ("state", "in", ("paying", "unknown", "reversing"))],
                ["shift_id"],
                ["__count"],
            )
        }

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        for shift in self:
            shift.is_mine = shift.user_id == self.env.user

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        _sequence_sudo = self.env["ir.sequence"].sudo()  # every cashier draws a number
        for vals in vals_list:
            if not self.env.su:
                raise AccessError(_("A shift is opened by its button, not by hand."))
            day = self.env.company._hospital_today()
            vals.setdefault("number", f"B{day:%Y%m%d}{_sequence_sudo.next_by_code('hospital.shift')}")
            vals.setdefault("count_ids", [fields.Command.create({"denomination": value}) for value in DENOMINATIONS])
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if foreign := set(vals) - BY_HAND:
                raise AccessError(_("%s of a shift is not entered by hand.", self._fields[min(foreign)].string))
            self._check_counting()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A shift is never deleted."))

    def _check_counting(self):
        for shift in self:
            if shift.state not in LIVE_STATES:
                raise UserError(
                    _("The shift %(number)s is %(state)s.", number=shift.number, state=shift._state_label())
                )
            if shift.user_id != self.env.user and not self._is_supervisor():
                raise AccessError(
                    _("The shift %s belongs to a colleague. Only who took the money counts it.", shift.number)
                )

    def _is_supervisor(self):
        return self.env.user.has_group("hospital_base.group_hospital_finance_manager")

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    # === WHICH SHIFT ===

    @api.model
    def _current(self, user=None, campus=None, place="window"):
        """The shift on which money is booked now: the open one of the cashier at the campus, opened when there is none."""
        user = user or self.env.user
        campus = campus or user._hospital_campus()
        if not campus:
            raise UserError(_("You are not assigned to a campus, so you have no shift. Ask the IT operator."))
        _shifts_sudo = self.sudo()  # shifts are opened by their own methods only
        domain = [("user_id", "=", user.id), ("campus_id", "=", campus.id)]
        shift = _shifts_sudo.search([*domain, ("state", "in", LIVE_STATES)], order="state, id desc", limit=1)
        if shift:
            shift._check_age(place)
            return shift.with_env(self.env)
        if place == "window" and not campus.company_id.sudo().hospital_shift_auto_open:
            raise UserError(_("Your shift is not open. Open it first, in “My shift”."))
        return self._open(user, campus, place)

    @api.model
    def _open(self, user, campus, place="window"):
        _shifts_sudo = self.sudo()  # shifts are opened by their own methods only
        company_sudo = campus.company_id.sudo()
        try:
            with unique_or_sentence(self.env, lambda: _("Your shift is being opened at this moment. Repeat the step.")):
                shift = _shifts_sudo.create(
                    {
                        "user_id": user.id,
                        "campus_id": campus.id,
                        "place": place,
                        "float_amount": company_sudo.hospital_shift_float if place == "window" else 0.0,
                    }
                )
        except ValidationError as error:  # of two first payments at once: what comes late is no reason to give it back
            raise BusyError(*error.args) from error
        return shift.with_env(self.env)

    def _check_age(self, place):
        hours = self.company_id.hospital_shift_hours
        if place == "window" and hours and self.opened_at < fields.Datetime.now() - timedelta(hours=hours):
            raise UserError(
                _(
                    "Your shift %(number)s is open since %(day)s. Count it before you take money again.",
                    number=self.number,
                    day=self.day,
                )
            )

    def _live(self):
        """This shift while it is open, else the one its cashier has now: for money that comes later than it was asked for."""
        self.ensure_one()
        _self_sudo = self.sudo()  # the channel's answer comes from anybody
        if _self_sudo.state in LIVE_STATES:
            return self
        others = _self_sudo.search(
            [
                ("user_id", "=", _self_sudo.user_id.id),
                ("campus_id", "=", _self_sudo.campus_id.id),
                ("state", "in", LIVE_STATES),
            ],
            order="state, id desc",
            limit=1,
        )
        return others or self._open(_self_sudo.user_id, _self_sudo.campus_id, _self_sudo.place)

    # === STEPS ===

    def _lock(self):
        self.ensure_one()
        _self_sudo = self.sudo()  # a lock needs no right to write
        try:
            _self_sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(_("Money is being booked on this shift at this moment. Wait a moment and repeat the step."))
        self.invalidate_recordset()

    @api.model
    def action_my_shift(self):
        """The shift of who asks: the open one, or a new one."""
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(_("Only cashiers have a shift."))
        user = self.env.user
        shift = self.search(
            [("user_id", "=", user.id), ("state", "in", LIVE_STATES), ("campus_id", "=", user._hospital_campus().id)],
            order="state, id desc",
            limit=1,
        )
        shift = shift or self._open(user, user._hospital_campus())
        shift._refresh()
        return shift._form_action()

    def _form_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("My shift"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
        }

    def action_refresh(self):
        self.check_access("read")
        for shift in self:
            if shift.state != "closed":
                shift._refresh()

    def action_count(self):
        """The cashier has counted: nothing more is booked on it."""
        self.ensure_one()
        self.check_access("read")
        self._check_counting()
        self._lock()
        self._check_counting()
        self._refresh()
        self._check_difference()
        _self_sudo = self.sudo()  # the step was checked
        _self_sudo.write({"state": "counted", "counted_at": fields.Datetime.now(), "counted_by_id": self.env.uid})

    def _check_difference(self):
        if self.difference and not (self.difference_note or "").strip():
            raise UserError(
                _(
                    "%(counted)s were counted and there should be %(expected)s: %(difference)s. Count again, or explain the "
                    "difference.",
                    counted=self.currency_id.format(self.cash_counted),
                    expected=self.currency_id.format(self.cash_expected),
                    difference=self.currency_id.format(self.difference),
                )
            )

    def action_count_again(self):
        """Back to counting, as long as nobody closed it."""
        self.ensure_one()
        self.check_access("read")
        self._lock()
        if self.state != "counted":
            raise UserError(_("The shift %(number)s is %(state)s.", number=self.number, state=self._state_label()))
        if self.user_id != self.env.user and not self._is_supervisor():
            raise AccessError(_("The shift %s belongs to a colleague.", self.number))
        _self_sudo = self.sudo()  # the step was checked
        with unique_or_sentence(
            self.env, lambda: _("A newer shift is open already. Count that one, then ask finance about this one.")
        ):
            _self_sudo.write({"state": "open", "counted_at": False, "counted_by_id": False})

    def _why_not_close(self):
        """Why who asks may not close these shifts, or nothing."""
        reasons = []
        if not self._is_supervisor():
            reasons.append(_("Only the finance manager closes shifts."))
        for shift in self:
            if shift.state != "counted":
                reasons.append(_("The shift %(number)s is %(state)s.", number=shift.number, state=shift._state_label()))
            if self.env.user in (shift.user_id | shift.counted_by_id) and shift.place == "window":
                reasons.append(_("Who took or counted the money of %s does not close it.", shift.number))
        return reasons

    def action_close(self):
        """The supervisor takes the shift over; its totals are kept from now on."""
        self.check_access("read")
        for shift in self:
            shift._lock()
        if reasons := self._why_not_close():
            raise UserError("\n".join(reasons))
        for shift in self:
            shift._refresh()
            shift._check_difference()
            _shift_sudo = shift.sudo()  # the step was checked
            _shift_sudo.write({"state": "closed", "closed_at": fields.Datetime.now(), "supervisor_id": self.env.uid})
            _shift_sudo._after_close()

    def action_reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Reopen the shift"),
            "res_model": "hospital.shift.reopen",
            "view_mode": "form",
            "target": "new",
            "context": {"default_shift_id": self.id},
        }

    def _reopen(self, reason):
        self.ensure_one()
        self.check_access("read")
        if not self._is_supervisor():
            raise AccessError(_("Only the finance manager reopens a shift."))
        if self.env.user == self.user_id:
            raise UserError(_("Your own shift is reopened by another finance manager."))
        if not (reason or "").strip():
            raise UserError(_("Enter why it is reopened."))
        self._lock()
        if self.state != "closed":
            raise UserError(_("The shift %(number)s is %(state)s.", number=self.number, state=self._state_label()))
        _self_sudo = self.sudo()  # the step was checked
        _self_sudo._before_reopen()
        _self_sudo.write(
            {
                "state": "reopened",
                "reopened_by_id": self.env.uid,
                "reopened_at": fields.Datetime.now(),
                "reopen_reason": reason.strip(),
                "closed_at": False,
                "supervisor_id": False,
                "counted_at": False,
                "counted_by_id": False,
            }
        )
        _self_sudo._message_log(body=_("Reopened: %s", reason.strip()))

    def _after_close(self):
        """What follows from a closed shift, for addons; an error keeps it open."""

    def _before_reopen(self):
        """What a reopening undoes, for addons."""

    @api.model
    def _cron_count_unmanned(self):
        """Shifts without a cash box end with the day; finance closes them as the others."""
        _shifts_sudo = self.sudo()
        for company in self.env["res.company"].sudo().search([("hospital_campus_ids", "!=", False)]):
            begin, _end = company._hospital_day_bounds(company._hospital_today())
            for shift in _shifts_sudo.search(
                [
                    ("company_id", "=", company.id),
                    ("state", "in", LIVE_STATES),
                    ("place", "!=", "window"),
                    ("opened_at", "<", begin),
                ]
            ):
                shift._lock()
                shift._refresh()
                shift.write({"state": "counted", "counted_at": fields.Datetime.now(), "counted_by_id": self.env.uid})

    # === PAPER ===

    def action_print(self):
        self.check_access("read")
        return self.env.ref("hospital_payment.action_report_shift").report_action(self)

    def _count_print(self):
        ids = self.ids
        self.env.execute_query(
            SQL(
                "UPDATE hospital_shift SET print_count = COALESCE(print_count, 0) + 1 WHERE id = ANY(%s) RETURNING id",
                ids,
            )
        )
        self.invalidate_recordset(["print_count"])
