from odoo import fields, models


class HospitalShift(models.Model):
    """The time in which one cashier takes money at one campus, from the opening to the count."""

    _name = "hospital.shift"
    _description = "Cashier shift"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    user_id = fields.Many2one("res.users", "Cashier", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    opened_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("counted", "Counted"), ("closed", "Closed"), ("reopened", "Reopened")],
        required=True,
        readonly=True,
        default="open",
    )
    float_amount = fields.Monetary("Change in the till")

    def _current(self):
        """The open shift of the user at his campus, opened now if there is none."""
        campus = self.env.user._hospital_campus()
        domain = [
            ("user_id", "=", self.env.uid),
            ("campus_id", "=", campus.id),
            ("state", "in", ("open", "reopened")),
        ]
        shift = self.search(domain, limit=1)
        _sudo = self.sudo()  # nobody writes shifts by hand
        return shift or _sudo.create({"user_id": self.env.uid, "campus_id": campus.id}).with_env(self.env)
