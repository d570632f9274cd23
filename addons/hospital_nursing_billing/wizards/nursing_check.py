from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

MOST_LINES = 2_000
CHUNK = 40
FINANCE = "hospital_base.group_hospital_finance_clerk"


class HospitalNursingCheck(models.TransientModel):
    """Day by day what nursing should cost and what is posted, of a patient, a ward or a campus; and the posting of the difference.

    Posting goes in chunks that the screen asks for one after the other, so that it can show how far it is and no patient waits for another.
    """

    _name = "hospital.nursing.check"
    _description = "Check and posting of bed-days"

    scope = fields.Selection(
        [("patient", "A patient"), ("ward", "A ward"), ("campus", "A campus")], "Of", required=True, default="patient"
    )
    encounter_id = fields.Many2one(
        "hospital.encounter",
        "Inpatient",
        domain="[('kind', '=', 'inpatient'), ('state', 'in', ('in_progress', 'finished'))]",
    )
    ward_id = fields.Many2one(
        "hospital.ward", domain=lambda self: [("campus_id", "in", self.env.user.hospital_campus_ids.ids)]
    )
    campus_id = fields.Many2one(
        "hospital.campus",
        domain=lambda self: [("id", "in", self.env.user.hospital_campus_ids.ids)],
        default=lambda self: self.env.user._hospital_campus(),
    )
    date_from = fields.Date("From", help="Empty: from the admission on.")
    date_to = fields.Date("To", help="Empty: up to yesterday.")
    only_changes = fields.Boolean("Only days with a difference")
    late = fields.Boolean(
        "Also charge on settled accounts",
        help="Days that were never charged are charged although the patient's account is settled. He has to pay them "
        "at the cash desk.",
    )
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id, required=True, readonly=True
    )
    state = fields.Selection(
        [("draft", "Choose"), ("reckoned", "Check"), ("posting", "Posting"), ("done", "Posted")],
        readonly=True,
        default="draft",
    )
    line_ids = fields.One2many("hospital.nursing.check.line", "check_id", "Days", readonly=True)
    is_cut = fields.Boolean(readonly=True)
    patient_count = fields.Integer("Patients", readonly=True)
    day_count = fields.Integer("Bed-days", readonly=True)
    due_total = fields.Monetary("Should be", readonly=True)
    posted_total = fields.Monetary("Posted", readonly=True)
    change_count = fields.Integer("Days to be posted", readonly=True)
    charge_total = fields.Monetary("To be charged", readonly=True)
    reverse_total = fields.Monetary("To be reversed", readonly=True)
    exception_count = fields.Integer("Days with an exception", readonly=True)
    pending = fields.Json(readonly=True)
    outcome = fields.Json(readonly=True)
    outcome_text = fields.Char("Result", compute="_compute_outcome_text")
    failure_text = fields.Text("Not posted", compute="_compute_outcome_text")
    may_post = fields.Boolean(compute="_compute_may_post")

    # === COMPUTE ===

    @api.depends_context("uid")
    def _compute_may_post(self):
        self.may_post = self.env.user.has_group(FINANCE)

    @api.depends("outcome")
    def _compute_outcome_text(self):
        for check in self:
            outcome = check.outcome or {}
            check.failure_text = "\n".join(outcome.get("failures", ()))
            check.outcome_text = outcome and self.env._(
                "%(charged)s days charged (%(charged_amount)s), %(reversed)s reversed (%(reversed_amount)s), "
                "%(patients)s patients.",
                charged=outcome["charged"],
                charged_amount=check.currency_id.format(outcome["charged_amount"]),
                reversed=outcome["reversed"],
                reversed_amount=check.currency_id.format(outcome["reversed_amount"]),
                patients=outcome["patients"],
            )

    # === CONSTRAINS, ONCHANGE ===

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for check in self:
            if check.date_from and check.date_to and check.date_from > check.date_to:
                raise ValidationError(self.env._("The period ends before it begins. Correct the dates."))

    @api.onchange("scope")
    def _onchange_scope(self):
        if self.scope != "patient" and not self.date_from:
            self.date_from = self.env.company._hospital_today().replace(day=1)
        if self.scope == "patient":
            self.date_from = self.date_to = False

    # === ACTIONS ===

    def action_reckon(self):
        self.ensure_one()
        self._fill()
        return self._reopen()

    def action_back(self):
        self.ensure_one()
        self.line_ids.unlink()
        self.state = "draft"
        return self._reopen()

    def action_post(self):
        """Start the posting; the screen asks for `post_next` until it is done."""
        self.ensure_one()
        self._check_may_post()
        if self.state != "reckoned":
            raise UserError(self.env._("Work the days out first, then post what differs."))
        self.write({"state": "posting", "pending": self._encounters().ids, "outcome": self._no_outcome()})
        return {
            "type": "ir.actions.client",
            "tag": "hospital_progress",
            "name": self.env._("Posting bed-days"),
            "target": "new",
            "params": {
                "model": self._name,
                "res_id": self.id,
                "method": "post_next",
                "total": len(self.pending),
                "unit": self.env._("patients"),
                "hint": self.env._(
                    "Closing this window stops after the patients in work. What is posted stays posted."
                ),
            },
        }

    def post_next(self):
        """Post the next patients; {"left": how many wait, "action": what to show when none does}."""
        self.ensure_one()
        self._check_may_post()
        if self.state != "posting":
            return {"left": 0, "action": self._reopen()}
        pending = self.pending or []
        now, later = pending[:CHUNK], pending[CHUNK:]
        outcome = dict(self.outcome)
        self._post_some(now, outcome)
        self.write({"pending": later, "outcome": outcome})
        if later:
            return {"left": len(later)}
        self._fill()
        self.state = "done"
        return {"left": 0, "action": self._reopen()}

    def action_print(self):
        self.ensure_one()
        return self.env.ref("hospital_nursing_billing.report_nursing_statement").report_action(self.encounter_id)

    # === BUSINESS ===

    def _check_may_post(self):
        if not self.may_post:
            raise AccessError(self.env._("Only finance posts bed-days. Tell finance what should be put right."))

    def _no_outcome(self):
        return {
            "patients": 0,
            "charged": 0,
            "charged_amount": 0.0,
            "reversed": 0,
            "reversed_amount": 0.0,
            "failures": [],
        }

    def _post_some(self, encounter_ids, outcome):
        """Several at once; when that fails, each by itself, so that the others are posted."""
        groups = [encounter_ids]
        while groups:
            ids = groups.pop(0)
            try:
                with self.env.cr.savepoint():
                    result = self.env["hospital.nursing.posting"]._post(
                        ids, period=self._period(), late=self.late, wait=True
                    )
                    self.env.flush_all()
            except UserError as error:
                if len(ids) > 1:
                    groups = [[one] for one in ids] + groups
                else:
                    name = self.env["hospital.encounter"].browse(ids).display_name
                    outcome["failures"] = [*outcome["failures"], f"{name}: {error}"]
                continue
            for key in ("patients", "charged", "reversed"):
                outcome[key] += result[key]
            for key in ("charged_amount", "reversed_amount"):
                outcome[key] = self.currency_id.round(outcome[key] + float(result[key]))

    def _period(self):
        if not self.date_from and not self.date_to:
            return None
        return self.date_from or fields.Date.to_date("1900-01-01"), self.date_to or fields.Date.to_date("9999-12-31")

    def _encounters(self):
        """The inpatients that are meant, as far as the user may see them."""
        domain = Domain("kind", "=", "inpatient") & Domain("state", "in", ("in_progress", "finished"))
        if self.scope == "patient":
            if not self.encounter_id:
                raise UserError(self.env._("Choose the patient whose days are checked."))
            return self.env["hospital.encounter"].search(domain & Domain("id", "=", self.encounter_id.id))
        company = self.campus_id.company_id or self.env.company
        stayed = Domain.TRUE
        if self.date_from:
            stayed &= Domain("end_at", "=", False) | Domain(
                "end_at", ">=", company._hospital_day_bounds(self.date_from)[0]
            )
        if self.date_to:
            stayed &= Domain("start_at", "<", company._hospital_day_bounds(self.date_to)[1])
        if self.scope == "ward":
            if not self.ward_id:
                raise UserError(self.env._("Choose the ward whose days are checked."))
            return self.env["hospital.encounter"].search(
                domain & Domain("stay_ids", "any", stayed & Domain("ward_id", "=", self.ward_id.id)), order="id"
            )
        if not self.campus_id:
            raise UserError(self.env._("Choose the campus whose days are checked."))
        return self.env["hospital.encounter"].search(
            domain & Domain("campus_id", "=", self.campus_id.id) & stayed, order="id"
        )

    def _fill(self):
        """Work out the days and keep those that are shown."""
        encounters = self._encounters()
        period = self._period()
        posting = self.env["hospital.nursing.posting"]
        rows = []
        for case, due, posted in self.env["hospital.nursing.reader"]._cases(encounters.ids):
            changes = {
                (change.day or change.posted).date: change
                for change in posting._changes(case, due, posted, period, self.late)
            }
            due = {day.date: day for day in due}
            for date in sorted(due.keys() | posted.keys()):
                if period and not period[0] <= date <= period[1]:
                    continue
                rows.append(self._row(case, due.get(date), posted.get(date), changes.get(date)))
        self._keep(rows)

    def _row(self, case, day, posted, change):
        facts = day or posted
        amount = float(day.amount) if day else 0.0
        net = float(posted.charge_amount or 0) if posted else 0.0
        return {
            "check_id": self.id,
            "encounter_id": case.encounter_id,
            "date": facts.date,
            "ward_id": facts.ward_id,
            "number": facts.number,
            "kind": day.kind if day else "none",
            "level": facts.level,
            "product_id": facts.product_id,
            "rate": float(facts.rate),
            "price": float(facts.price),
            "amount": amount,
            "posted_amount": net,
            "difference": self.currency_id.round(amount - net),
            "step": self._step(day, posted, change),
        }

    def _step(self, day, posted, change):
        if change and change.reverse:
            return "again" if change.charge else "reverse"
        if change and change.charge:
            return "charge"
        if change:
            return change.issue or "right"
        return (posted.issue if posted else day.issue) or "right"

    def _keep(self, rows):
        differing = [row for row in rows if row["step"] != "right"]
        is_cut = len(rows) > MOST_LINES and not self.only_changes
        shown = differing if self.only_changes or is_cut else rows
        to_post = [row for row in rows if row["step"] in ("charge", "again", "reverse")]
        total = self.currency_id.round
        self.line_ids.unlink()
        self.env["hospital.nursing.check.line"].create(shown[:MOST_LINES])
        self.write(
            {
                "state": "reckoned" if self.state != "posting" else self.state,
                "is_cut": is_cut or len(shown) > MOST_LINES,
                "patient_count": len({row["encounter_id"] for row in rows}),
                "day_count": len(rows),
                "due_total": total(sum(row["amount"] for row in rows)),
                "posted_total": total(sum(row["posted_amount"] for row in rows)),
                "change_count": len(to_post),
                "charge_total": total(sum(row["amount"] for row in to_post)),
                "reverse_total": total(sum(row["posted_amount"] for row in to_post)),
                "exception_count": sum(
                    1 for row in rows if row["step"] in ("settled", "locked", "no_price", "no_level")
                ),
            }
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check bed-days"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
