from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class HospitalNursingChoice(models.Model):
    """What the patient or the family chose.

    A later choice replaces an earlier one; nothing is changed or deleted, a choice made in error is withdrawn.
    """

    _name = "hospital.nursing.choice"
    _description = "Choice of the nursing mode"
    _inherit = ["hospital.access.mixin"]
    _order = "chosen_on desc, id desc"

    encounter_id = fields.Many2one(
        "hospital.encounter",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('kind', '=', 'inpatient'), ('state', 'in', ('in_progress', 'finished'))]",
    )
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    campus_id = fields.Many2one(related="encounter_id.campus_id", store=True, precompute=True, index=True)
    ward_id = fields.Many2one(related="encounter_id.ward_id")
    mode = fields.Selection(
        [("whole", "Whole care per bed-day"), ("original", "Original way by nursing level")],
        required=True,
    )
    chosen_on = fields.Date(required=True, default=lambda self: self.env.company._hospital_today())
    signer = fields.Selection(
        [("patient", "Patient"), ("family", "Family")], "Chosen by", required=True, default="patient"
    )
    signer_name = fields.Char("Name of the family member")
    relation_id = fields.Many2one("hospital.code", domain="[('set_id.code', '=', 'relation')]", ondelete="restrict")
    recorded_by_id = fields.Many2one(
        "res.users", "Recorded by", required=True, readonly=True, default=lambda self: self.env.uid
    )
    recorded_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("valid", "Valid"), ("replaced", "Replaced"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
        default="valid",
        copy=False,
    )
    withdrawn_reason = fields.Char("Why withdrawn", readonly=True, copy=False)

    _one_valid = models.UniqueIndex(
        "(encounter_id) WHERE state = 'valid'", "A colleague has just recorded a choice for this patient. Look again."
    )

    @api.depends("mode", "encounter_id")
    def _compute_display_name(self):
        labels = dict(self._fields["mode"]._description_selection(self.env))
        for choice in self:
            choice.display_name = f"{choice.encounter_id.display_name or ''} {labels.get(choice.mode, '')}".strip()

    # === CONSTRAINS ===

    @api.constrains("chosen_on", "encounter_id")
    def _check_day(self):
        for choice in self:
            encounter = choice.encounter_id
            company = encounter.company_id
            if encounter.kind != "inpatient" or not encounter.start_at:
                raise ValidationError(
                    self.env._(
                        "Only patients who were admitted to a bed choose the nursing mode. Admit the patient first."
                    )
                )
            if choice.chosen_on > company._hospital_today():
                raise ValidationError(
                    self.env._("The day of the choice lies in the future. Enter the day on which it was signed.")
                )
            if choice.chosen_on < company._hospital_date(encounter.registered_at):
                raise ValidationError(
                    self.env._("The choice is older than the stay. Enter the day on which it was signed.")
                )

    @api.constrains("signer", "signer_name")
    def _check_signer(self):
        for choice in self:
            if choice.signer == "family" and not (choice.signer_name or "").strip():
                raise ValidationError(self.env._("Enter the name of the family member who chose."))

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        fixed = {"recorded_by_id": self.env.uid, "recorded_at": fields.Datetime.now(), "state": "valid"}
        choices = self.browse()
        for vals in vals_list:
            self._replace(vals.get("encounter_id"))
            choices += super().create([{**vals, **fixed}])
        choices.encounter_id._nursing_changed()
        return choices

    def write(self, vals):
        if not self.env.su:
            raise UserError(
                self.env._("A choice is never changed. Withdraw it with a reason, or record the new choice.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A choice is never deleted. Withdraw it with a reason."))

    def _replace(self, encounter_id):
        """The one before stays on record."""
        before = self.search([("encounter_id", "=", encounter_id), ("state", "=", "valid")])
        _before_sudo = before.sudo()  # a choice is closed to writing
        _before_sudo.write({"state": "replaced"})
        _before_sudo.flush_recordset()

    # === ACTIONS ===

    def action_withdraw(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdraw the choice"),
            "res_model": "hospital.nursing.withdraw",
            "view_mode": "form",
            "target": "new",
            "context": {"default_choice_id": self.id},
        }

    def action_print(self):
        return self.env.ref("hospital_nursing_billing.report_nursing_consent").report_action(self)

    def _withdraw(self, reason):
        self.check_access("create")
        for choice in self:
            if choice.state != "valid":
                raise UserError(self.env._("Only a valid choice can be withdrawn. Open the list again."))
        if not (reason or "").strip():
            raise UserError(self.env._("Enter why the choice is withdrawn."))
        _choices_sudo = self.sudo()  # a choice is closed to writing
        _choices_sudo.write({"state": "withdrawn", "withdrawn_reason": reason.strip()})
        self.encounter_id._nursing_changed()
