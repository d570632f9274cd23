from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .nursing_plan import LEVELS


class HospitalEncounter(models.Model):
    """Level, choice and bed-days of an inpatient. Whatever moves him brings his nursing charges up to date at once."""

    _inherit = "hospital.encounter"

    nursing_level_ids = fields.One2many("hospital.nursing.level", "encounter_id", "Nursing levels", copy=False)
    nursing_choice_ids = fields.One2many(
        "hospital.nursing.choice", "encounter_id", "Choices of the nursing mode", readonly=True, copy=False
    )
    nursing_day_ids = fields.One2many("hospital.nursing.day", "encounter_id", "Bed-days", readonly=True, copy=False)
    nursing_level = fields.Selection(LEVELS, compute="_compute_nursing_level")
    nursing_choice = fields.Selection(
        [("whole", "Whole care per bed-day"), ("original", "Original way by nursing level")],
        "Chosen nursing mode",
        compute="_compute_nursing_choice",
        search="_search_nursing_choice",
    )
    nursing_may_choose = fields.Boolean(
        "May choose the nursing mode",
        compute="_compute_nursing_may_choose",
        search="_search_nursing_may_choose",
        help="Lies in a ward with whole care and may still leave in time to have a choice.",
    )
    nursing_day_count = fields.Integer("Bed-days charged", compute="_compute_nursing_days", compute_sudo=True)
    nursing_total = fields.Monetary("Nursing", compute="_compute_nursing_days", compute_sudo=True)

    # === COMPUTE ===

    @api.depends("nursing_level_ids.level", "nursing_level_ids.start_at")
    def _compute_nursing_level(self):
        for encounter in self:
            encounter.nursing_level = encounter.nursing_level_ids.sorted("start_at")[-1:].level

    @api.depends("nursing_choice_ids.state", "nursing_choice_ids.mode")
    def _compute_nursing_choice(self):
        for encounter in self:
            valid = encounter.nursing_choice_ids.filtered(lambda choice: choice.state == "valid")
            encounter.nursing_choice = valid[:1].mode

    def _search_nursing_choice(self, operator, value):
        if operator != "in":
            return NotImplemented
        chosen = Domain(
            "nursing_choice_ids", "any", [("state", "=", "valid"), ("mode", "in", list(filter(None, value)))]
        )
        if False in value:
            return chosen | ~Domain("nursing_choice_ids", "any", [("state", "=", "valid")])
        return chosen

    def _compute_nursing_may_choose(self):
        found = self.search([("id", "in", self.ids), ("nursing_may_choose", "=", True)])
        for encounter in self:
            encounter.nursing_may_choose = encounter in found

    def _search_nursing_may_choose(self, operator, value):
        if operator != "in":
            return NotImplemented
        for model in ("hospital.nursing.plan", "hospital.nursing.plan.ward", "hospital.encounter"):
            self.env[model].flush_model()
        today = self.env.company._hospital_today()
        # every role may know which wards offer whole care
        found = SQL(
            """(SELECT encounter.id FROM hospital_encounter encounter
                  JOIN hospital_nursing_plan_ward line ON line.ward_id = encounter.ward_id
                  JOIN hospital_nursing_plan plan ON plan.id = line.plan_id
                 WHERE encounter.kind = 'inpatient' AND encounter.state = 'in_progress' AND plan.active
                   AND %(today)s BETWEEN plan.date_from AND COALESCE(plan.date_to, 'infinity')
                   AND %(today)s BETWEEN COALESCE(line.date_from, plan.date_from) AND COALESCE(line.date_to, 'infinity')
                   AND encounter.start_at >= %(midnight)s::timestamp - make_interval(
                       days => (SELECT max(found[1]::int) FROM regexp_matches(plan.choice_days, '[0-9]+', 'g') found)))""",
            today=today,
            midnight=self.env.company._hospital_day_bounds(today)[0],
        )
        may_choose = Domain("id", "in", found)
        return may_choose if True in value else ~may_choose

    def _compute_nursing_days(self):
        sums = {
            encounter.id: (count, amount)
            for encounter, count, amount in self.env["hospital.nursing.day"]._read_group(
                [("encounter_id", "in", self.ids), ("amount", ">", 0)], ["encounter_id"], ["__count", "amount:sum"]
            )
        }
        for encounter in self:
            encounter.nursing_day_count, encounter.nursing_total = sums.get(encounter.id, (0, 0.0))

    # === ACTIONS ===

    def action_nursing_days(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_nursing_billing.action_hospital_nursing_day")
        return {
            **action,
            "name": self.env._("Bed-days of %s", self.display_name),
            "domain": [("encounter_id", "=", self.id)],
            "context": {},
        }

    def action_nursing_check(self):
        self.ensure_one()
        wizard = self.env["hospital.nursing.check"].create({"scope": "patient", "encounter_id": self.id})
        return wizard.action_reckon()

    def action_nursing_choice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choice of the nursing mode"),
            "res_model": "hospital.nursing.choice",
            "view_mode": "form",
            "target": "new",
            "context": {"default_encounter_id": self.id, "hospital_nursing_dialog": True},
        }

    # === BUSINESS ===

    def _stays_changed(self, since):
        result = super()._stays_changed(since)
        self._nursing_changed()
        return result

    def _nursing_changed(self):
        """Bring the charges up to date now. What cannot be posted waits for the night and for a person; it never holds up the ward."""
        inpatients = self.filtered(lambda encounter: encounter.kind == "inpatient")
        if (
            self.env.context.get("hospital_nursing_later")
            or not inpatients
            or not self._nursing_plans_exist(inpatients.campus_id)
        ):
            return
        accounts = self.env[
            "hospital.nursing.account"
        ].sudo()  # the rules decide, not the rights of who moves a patient
        try:
            with self.env.cr.savepoint():
                self.env["hospital.nursing.posting"]._post(inpatients.ids, wait=True)
                self.env.flush_all()
        except UserError as error:
            accounts._mark_encounters(inpatients.ids, str(error))

    def _nursing_plans_exist(self, campuses):
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM hospital_nursing_plan WHERE active AND campus_id = ANY(%s) LIMIT 1", campuses.ids)
            )
        )

    def _undo_admission(self, reason):
        """Who never lay there is not charged for nursing; any other charge still keeps the admission from being undone."""
        self._nursing_take_back(reason)
        return super()._undo_admission(reason)

    def _nursing_take_back(self, reason):
        # the rules decide, not the rights of who undoes
        days = self.env["hospital.nursing.day"].sudo().search([("encounter_id", "in", self.ids)])
        charges = days.charge_id.filtered(lambda charge: charge.state == "unsettled" and charge.open_quantity)
        company = self.company_id
        if any(company.hospital_lock_date and charge.service_date <= company.hospital_lock_date for charge in charges):
            return
        if charges:
            charges._reverse(reason=reason)
        (days - days.filtered(lambda day: day.charge_id.state == "settled")).unlink()
