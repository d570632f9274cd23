from odoo import api, fields, models
from odoo.exceptions import UserError

MAX_BEDS = 200


class HospitalBedSeries(models.TransientModel):
    """Make the beds of a ward in one go: 01, 02 … 40."""

    _name = "hospital.bed.series"
    _description = "Add beds to a ward"

    ward_id = fields.Many2one("hospital.ward", required=True, readonly=True)
    prefix = fields.Char(help="Put in front of each number, such as + for extra beds.")
    first = fields.Integer(string="From number", required=True, default=lambda self: self._default_first())
    last = fields.Integer(string="To number", required=True, default=lambda self: self._default_first() + 9)
    digits = fields.Integer(required=True, default=2, help="Numbers are filled up with zeros to this length.")
    kind = fields.Selection(
        lambda self: self.env["hospital.bed"]._fields["kind"]._description_selection(self.env),
        required=True,
        default="normal",
    )
    sex_limit = fields.Selection(
        lambda self: self.env["hospital.bed"]._fields["sex_limit"]._description_selection(self.env),
        string="For",
        required=True,
        default="any",
    )
    product_id = fields.Many2one("product.product", string="Bed fee")
    preview = fields.Char(compute="_compute_preview")

    @api.depends("prefix", "first", "last", "digits", "ward_id")
    def _compute_preview(self):
        for series in self:
            names, existing = series._get_names(), series._get_existing_names()
            new = [name for name in names if name not in existing]
            if not new:
                series.preview = self.env._("No new bed: the numbers are in the wrong order or exist already.")
            else:
                shown = ", ".join(new if len(new) < 6 else [*new[:3], "…", new[-1]])
                series.preview = self.env._("%(count)s new beds: %(names)s", count=len(new), names=shown)

    def action_create_beds(self):
        self.ensure_one()
        if self.last - self.first >= MAX_BEDS:
            raise UserError(self.env._("At most %s beds can be added at a time. Choose a smaller range.", MAX_BEDS))
        existing = self._get_existing_names()
        names = [name for name in self._get_names() if name not in existing]
        if not names:
            raise UserError(
                self.env._("There is no new bed in this range: the numbers are in the wrong order or exist already.")
            )
        after = max(self.ward_id.bed_ids.mapped("sequence"), default=0)
        self.env["hospital.bed"].create(
            [
                {
                    "ward_id": self.ward_id.id,
                    "name": name,
                    "kind": self.kind,
                    "sex_limit": self.sex_limit,
                    "product_id": self.product_id.id,
                    "sequence": after + position,
                }
                for position, name in enumerate(names, 1)
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def _default_first(self):
        """The number after the last plain number of the ward."""
        ward = self.env["hospital.ward"].browse(self.env.context.get("default_ward_id"))
        return max((int(name) for name in ward.bed_ids.mapped("name") if name.isdecimal()), default=0) + 1

    def _get_names(self):
        self.ensure_one()
        last = min(self.last, self.first + MAX_BEDS - 1)
        return [
            f"{self.prefix or ''}{str(number).zfill(min(max(self.digits, 1), 4))}"
            for number in range(max(self.first, 0), last + 1)
        ]

    def _get_existing_names(self):
        return set(self.ward_id.with_context(active_test=False).bed_ids.mapped("name"))
