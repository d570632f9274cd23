from odoo import api, fields, models

from .nursing_plan import LEVELS

DAY_KINDS = [("whole", "Whole care"), ("original", "Original way"), ("leave", "On leave"), ("none", "Not charged")]
ISSUES = [
    ("settled", "Posted charge is settled"),
    ("locked", "Day is locked"),
    ("no_price", "Plan has no price"),
    ("no_level", "No nursing level"),
]


class HospitalNursingDay(models.Model):
    """A bed-day of an inpatient: what it should cost and the charge that stands for it.

    The charges are the books; these rows say which charge belongs to which day and why it costs what it costs. The posting alone writes
    them: one row per patient and day, whoever posts how often.
    """

    _name = "hospital.nursing.day"
    _description = "Bed-day"
    _inherit = ["hospital.access.mixin"]
    _order = "date desc, encounter_id"
    _rec_name = "date"
    _log_access = False  # who entered what and when is told by the charges

    encounter_id = fields.Many2one("hospital.encounter", required=True, readonly=True, ondelete="cascade")
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one(related="campus_id.company_id.currency_id")
    date = fields.Date("Day", required=True, readonly=True)
    ward_id = fields.Many2one("hospital.ward", readonly=True, ondelete="restrict")
    department_id = fields.Many2one("hospital.department", readonly=True, ondelete="restrict")
    plan_id = fields.Many2one("hospital.nursing.plan", readonly=True, ondelete="set null")
    kind = fields.Selection(DAY_KINDS, "Mode", required=True, readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    number = fields.Integer("Day no.", readonly=True, aggregator=None)
    rate = fields.Float("Rate in %", digits=(6, 2), readonly=True, aggregator=None)
    price = fields.Float(digits="Product Price", readonly=True, aggregator=None)
    product_id = fields.Many2one("product.product", "Item", readonly=True, ondelete="restrict")
    amount = fields.Monetary("Should be", readonly=True)
    charge_id = fields.Many2one(
        "hospital.charge", "Posted charge", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    charge_state = fields.Selection(related="charge_id.state", string="State of the charge")
    posted_amount = fields.Monetary("Posted", compute="_compute_posted", compute_sudo=True, aggregator=None)
    difference = fields.Monetary(compute="_compute_posted", compute_sudo=True, aggregator=None)
    issue = fields.Selection(ISSUES, "Exception", readonly=True)

    _day_unique = models.Constraint("UNIQUE (encounter_id, date)", "A patient has each bed-day once.")
    _issue_index = models.Index("(campus_id, date) WHERE issue IS NOT NULL")
    _date_index = models.Index("(date, campus_id)")

    @api.depends("amount", "charge_id.amount", "charge_id.reversed_amount")
    def _compute_posted(self):
        for day in self:
            day.posted_amount = day.charge_id.open_amount
            day.difference = day.amount - day.posted_amount

    def action_open_charge(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.charge",
            "res_id": self.charge_id.id,
            "views": [[False, "form"]],
        }

    def action_open_encounter(self):
        self.ensure_one()
        return self.encounter_id._action_open()

    def action_check(self):
        self.ensure_one()
        return self.encounter_id.action_nursing_check()
