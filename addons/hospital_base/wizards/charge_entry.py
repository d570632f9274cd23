from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class HospitalChargeEntry(models.TransientModel):
    """The charge desk: one visit, many items by initials, the sum in sight, one confirmation."""

    _name = "hospital.charge.entry"
    _description = "Enter charges"

    encounter_id = fields.Many2one(
        "hospital.encounter", string="Visit", required=True, domain="[('state', '!=', 'cancelled')]"
    )
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    patient_sex = fields.Selection(related="patient_id.sex")
    patient_age = fields.Char(related="patient_id.age")
    kind = fields.Selection(related="encounter_id.kind")
    campus_id = fields.Many2one(related="encounter_id.campus_id")
    company_id = fields.Many2one(related="encounter_id.company_id")
    currency_id = fields.Many2one(related="encounter_id.currency_id")
    unsettled_total = fields.Monetary("Unsettled before", related="encounter_id.unsettled_total")
    place = fields.Char(compute="_compute_place")
    notice = fields.Char(compute="_compute_notice")
    service_at = fields.Datetime("Service time", required=True, default=fields.Datetime.now)
    order_department_id = fields.Many2one(
        "hospital.department",
        string="Ordered by department",
        compute="_compute_order_place",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    order_practitioner_id = fields.Many2one(
        "hospital.practitioner", string="Ordered by", compute="_compute_order_place", store=True, readonly=False
    )
    exec_department_id = fields.Many2one(
        "hospital.department", string="Done by department", domain="[('company_id', '=', company_id)]"
    )
    line_ids = fields.One2many("hospital.charge.entry.line", "entry_id", string="Items")
    line_count = fields.Integer("Lines", compute="_compute_total")
    total = fields.Monetary(compute="_compute_total")

    @api.depends("encounter_id")
    def _compute_place(self):
        for entry in self:
            encounter = entry.encounter_id
            parts = (encounter.department_id.name, encounter.ward_id.name, encounter.bed_id.name)
            entry.place = " · ".join(part for part in parts if part)

    @api.depends("encounter_id")
    def _compute_notice(self):
        for entry in self:
            entry.notice = False
            if entry.encounter_id.state == "finished" and entry.kind in ("inpatient", "observation"):
                entry.notice = self.env._(
                    "The patient was discharged: these are late charges. The service time must lie in the stay."
                )

    @api.depends("encounter_id", "service_at")
    def _compute_order_place(self):
        for entry in self:
            place = entry._place()
            entry.order_department_id = place.get("order_department_id")
            entry.order_practitioner_id = place.get("order_practitioner_id")

    def _place(self):
        if not self.encounter_id or not self.service_at:
            return {}
        charges = self.env["hospital.charge"]
        encounter = self.encounter_id._origin
        facts = charges._encounter_facts({encounter.id})
        return charges._place_facts(facts)(facts[encounter.id], self.service_at)

    @api.depends("line_ids.amount", "line_ids.product_id")
    def _compute_total(self):
        for entry in self:
            lines = entry.line_ids.filtered("product_id")
            total = sum(lines.mapped("amount"))
            entry.total = entry.currency_id.round(total) if entry.currency_id else total
            entry.line_count = len(lines)

    @api.onchange("encounter_id")
    def _onchange_encounter_id(self):
        """After a discharge the service lies in the stay, not now."""
        encounter = self.encounter_id
        if encounter.state == "finished" and self.kind in ("inpatient", "observation"):
            self.service_at = encounter.end_at

    def action_confirm(self):
        """Charge the lines and close."""
        charges = self._confirm()
        return self._notify(charges, {"type": "ir.actions.act_window_close"})

    def action_confirm_next(self):
        """Charge the lines and go on with the next patient."""
        charges = self._confirm()
        return self._notify(
            charges, self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_charge_entry")
        )

    def _confirm(self):
        self.ensure_one()
        lines = self.line_ids.filtered("product_id")
        if not lines:
            raise UserError(self.env._("Nothing was entered yet. Choose at least one item."))
        charges = self.env["hospital.charge"].create([line._prepare_charge() for line in lines])
        self.line_ids = [Command.clear()]
        return charges

    def _notify(self, charges, next_action):
        total = self.currency_id.format(sum(charges.mapped("amount")))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.patient_id.name,
                "message": self.env._(
                    "%(count)s charges entered, %(total)s together.", count=len(charges), total=total
                ),
                "next": next_action,
            },
        }


class HospitalChargeEntryLine(models.TransientModel):
    _name = "hospital.charge.entry.line"
    _description = "Line of entered charges"

    entry_id = fields.Many2one("hospital.charge.entry", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="entry_id.currency_id")
    product_id = fields.Many2one(
        "product.product", string="Item", required=True, domain="[('is_hospital_item', '=', True)]"
    )
    spec = fields.Char(related="product_id.hospital_spec")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    is_open_price = fields.Boolean(related="product_id.hospital_price_at_entry")
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    price_unit = fields.Float(
        "Price", digits="Product Price", compute="_compute_price_unit", store=True, readonly=False
    )
    amount = fields.Monetary(compute="_compute_amount")

    @api.depends("product_id", "entry_id.service_at")
    def _compute_price_unit(self):
        for line in self:
            if not line.product_id:
                line.price_unit = 0.0
                continue
            product, moment = line.product_id._origin, line.entry_id.service_at or fields.Datetime.now()
            line.price_unit = product.sudo()._hospital_prices_at({(product.id, moment)})[product.id, moment]

    @api.depends("quantity", "price_unit", "currency_id")
    def _compute_amount(self):
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            line.amount = currency.round(line.quantity * line.price_unit)

    def _prepare_charge(self):
        entry = self.entry_id
        return {
            "encounter_id": entry.encounter_id.id,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "service_at": entry.service_at,
            "order_department_id": entry.order_department_id.id,
            "order_practitioner_id": entry.order_practitioner_id.id,
            "exec_department_id": entry.exec_department_id.id,
            **({"price_unit": self.price_unit} if self.is_open_price else {}),
        }
