from datetime import date
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ..tools.lengths import parse_lengths
from ..tools.reckoner import Plan, Price

LEVELS = [("0", "Special care"), ("1", "Level I"), ("2", "Level II"), ("3", "Level III")]
KINDS = [("whole", "Whole care"), *LEVELS]
FOREVER = date(9999, 12, 31)


class HospitalNursingPlan(models.Model):
    """How nursing is charged per bed-day at a campus: which wards offer whole care, what it costs, how it gets cheaper.

    The plans of one ward never overlap. Days in other wards go by the original items of the first plan in force.
    """

    _name = "hospital.nursing.plan"
    _description = "Nursing charge plan"
    _inherit = ["hospital.archive.mixin", "mail.thread"]
    _order = "campus_id, sequence, date_from, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10, help="The first plan in force gives the original items of all other wards.")
    campus_id = fields.Many2one(
        "hospital.campus",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.user._hospital_campus(),
    )
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        "In force from", required=True, tracking=True, default=lambda self: self.env.company._hospital_today()
    )
    date_to = fields.Date("In force to", tracking=True, help="The last day; empty: until further notice.")
    ward_ids = fields.One2many("hospital.nursing.plan.ward", "plan_id", "Wards with whole care", copy=True)
    tier_ids = fields.One2many(
        "hospital.nursing.plan.tier", "plan_id", "Tiers", copy=True, default=lambda self: self._default_tiers()
    )
    price_ids = fields.One2many("hospital.nursing.plan.price", "plan_id", "Items and prices", copy=True)
    reach = fields.Selection(
        [
            ("segmented", "Segmented: each day at its own tier"),
            ("whole_stay", "Whole stay: every day at the tier the stay reached"),
        ],
        "Tiers apply",
        required=True,
        default="segmented",
        tracking=True,
    )
    number_by = fields.Selection(
        [("hospital", "Days in hospital"), ("whole", "Days of whole care only")],
        "The day number counts",
        required=True,
        default="hospital",
        tracking=True,
    )
    rounding = fields.Selection(
        [("0.01", "0.01"), ("0.1", "0.1"), ("1", "1")], "Round a day to", required=True, default="0.01", tracking=True
    )
    rounding_method = fields.Selection(
        [("half_up", "Half up"), ("up", "Up"), ("down", "Down")],
        required=True,
        default="half_up",
        tracking=True,
    )
    choice_days = fields.Char(
        "Stay lengths with a choice",
        default="1, 3",
        tracking=True,
        help="Patients who stay exactly so many days choose the mode; without a choice they are charged the original "
        "way. Days or ranges, such as 1, 3 or 1-3; empty: nobody chooses.",
    )
    charge_original = fields.Boolean(
        "Post original nursing",
        default=True,
        tracking=True,
        help="Post the item of the nursing level for days that are not charged as whole care. Switch it off where "
        "another system charges these days.",
    )
    default_level = fields.Selection(
        LEVELS,
        "Level when none is recorded",
        default="3",
        tracking=True,
        help="Empty: such days are not charged and stand in the list of exceptions.",
    )
    note = fields.Html()

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)", "The plan ends before it begins. Correct the dates."
    )

    @api.model
    def _default_tiers(self):
        return [Command.create({"day_from": day, "rate": rate}) for day, rate in ((1, 100.0), (16, 95.0), (31, 90.0))]

    # === CONSTRAINS ===

    @api.constrains("choice_days")
    def _check_choice_days(self):
        for plan in self:
            try:
                parse_lengths(plan.choice_days)
            except ValueError as error:
                raise ValidationError(
                    self.env._("“%s” is no number of days. Write days or ranges, such as 1, 3 or 1-3.", error)
                ) from None

    @api.constrains("tier_ids")
    def _check_tiers(self):
        for plan in self:
            if 1 not in plan.tier_ids.mapped("day_from"):
                raise ValidationError(
                    self.env._("The tiers of %s must begin with day 1. Add a tier from day 1.", plan.name)
                )

    @api.constrains("campus_id", "date_from", "date_to", "ward_ids", "active")
    def _check_wards(self):
        """A day in a ward goes by one plan."""
        for plan in self.filtered("active"):
            for line in plan.ward_ids:
                if line.ward_id.campus_id != plan.campus_id:
                    raise ValidationError(
                        self.env._(
                            "%(ward)s does not belong to %(campus)s. Choose wards of the campus of the plan.",
                            ward=line.ward_id.name,
                            campus=plan.campus_id.name,
                        )
                    )
            # plans of campuses the user does not see bind as well
            _lines_sudo = self.env["hospital.nursing.plan.ward"].sudo()
            others = _lines_sudo.search([("ward_id", "in", plan.ward_ids.ward_id.ids), ("plan_id.active", "=", True)])
            for line in plan.ward_ids:
                for other in others - line:
                    if other.ward_id == line.ward_id and line.sudo()._overlaps(other):
                        raise ValidationError(
                            self.env._(
                                "%(ward)s stands twice for the same days, in %(one)s and in %(other)s. Correct the "
                                "dates.",
                                ward=line.ward_id.name,
                                one=plan.name,
                                other=other.plan_id.name,
                            )
                        )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        plans._mark_due(min(plans.mapped("date_from"), default=None))
        return plans

    def write(self, vals):
        if not vals.keys() - {"note", "name", "message_follower_ids"}:
            return super().write(vals)
        before = min(self.mapped("date_from"), default=None)
        result = super().write(vals)
        self._mark_due(min([*self.mapped("date_from"), before]) if self else None)
        return result

    def unlink(self):
        since, campuses = min(self.mapped("date_from"), default=None), self.campus_id
        result = super().unlink()
        if since:
            self.env["hospital.nursing.account"]._mark_due(campuses, since)
        return result

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", plan.name), "active": False}
            for plan, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def _mark_due(self, since):
        if since:
            self.env["hospital.nursing.account"]._mark_due(self.campus_id, since)

    # === ACTIONS ===

    def action_check(self):
        """What the plan makes of the patients who are there."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_nursing_billing.action_hospital_nursing_check")
        return {
            **action,
            "context": {
                "dialog_size": "extra-large",
                "default_campus_id": self.campus_id.id,
                "default_scope": "campus",
            },
        }

    # === BUSINESS ===

    def _plain(self):
        """The plans as the reckoner takes them."""
        steps = self.price_ids._price_steps()
        return [plan._plain_one(steps) for plan in self]

    def _plain_one(self, steps):
        wards, prices = {}, {}
        for line in self.ward_ids:
            wards.setdefault(line.ward_id.id, []).append((line.date_from or self.date_from, line.date_to or None))
        for line in self.price_ids.sorted(lambda line: line.date_from or self.date_from):
            prices.setdefault(line.kind, []).append(
                (line.date_from or self.date_from, Price(line.product_id.id, steps[line]))
            )
        return Plan(
            id=self.id,
            date_from=self.date_from,
            date_to=self.date_to or None,
            wards={ward: tuple(spans) for ward, spans in wards.items()},
            tiers=tuple((tier.day_from, Decimal(str(tier.rate))) for tier in self.tier_ids.sorted("day_from")),
            segmented=self.reach == "segmented",
            number_by=self.number_by,
            rounding=Decimal(self.rounding),
            method=self.rounding_method,
            choice_lengths=parse_lengths(self.choice_days),
            charge_original=self.charge_original,
            default_level=self.default_level or None,
            prices={kind: tuple(rows) for kind, rows in prices.items()},
        )
