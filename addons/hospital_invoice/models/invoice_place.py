from odoo import api, fields, models

from .invoice import PLACES


class HospitalInvoicePlace(models.Model):
    """Where bills are issued: a window, a machine, the phone. The platform knows it by its code."""

    _name = "hospital.invoice.place"
    _description = "Place of issue"
    _order = "campus_id, code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, copy=False, help="The hospital's code, mapped on the platform.")
    name = fields.Char(required=True)
    campus_id = fields.Many2one(
        "hospital.campus",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user._hospital_campus(),
    )
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    place = fields.Selection(PLACES, "Kind of place", required=True, default="window")
    user_ids = fields.Many2many(
        "res.users",
        "hospital_invoice_place_user_rel",
        "place_id",
        "user_id",
        "Cashiers",
        help="Whose bills are issued here. Empty: everybody's who has no place of his own.",
    )
    paper_ids = fields.One2many("hospital.invoice.paper", "place_id", "Paper forms")
    paper_stock = fields.Integer("Blank forms", compute="_compute_paper_stock")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex("(company_id, code)", "There is a place of issue with this code already.")

    # === COMPUTE ===

    @api.depends("paper_ids.state")
    def _compute_paper_stock(self):
        counts = dict(
            self.env["hospital.invoice.paper"]._read_group(
                [("place_id", "in", self.ids), ("state", "=", "blank")], ["place_id"], ["__count"]
            )
        )
        for place in self:
            place.paper_stock = counts.get(place._origin, 0)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for place in self:
            place.display_name = f"{place.code} {place.name or ''}".strip() if place.code else place.name

    # === BUSINESS ===

    @api.model
    def _for(self, user, place, campus):
        """Where this user's bills are issued: at his own place, else at one of the campus that is nobody's own."""
        _places_sudo = self.sudo()  # who takes money need not know the places
        if place not in dict(PLACES):
            place = "window"
        found = _places_sudo.search([("campus_id", "=", campus.id), ("place", "=", place)])
        own = found.filtered(lambda one: user in one.user_ids)
        free = found.filtered(lambda one: not one.user_ids)
        return (own or free)[:1].with_env(self.env)
