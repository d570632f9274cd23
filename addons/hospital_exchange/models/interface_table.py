from odoo import api, fields, models


class HospitalInterface(models.Model):
    """What an interface needs that is a table of somebody else's database."""

    _inherit = "hospital.interface"

    key_columns = fields.Char(help="The columns that single out a row, separated by commas. Empty: the primary key.")
    number_column = fields.Char(
        "Column of the number", help="The column that takes the number of the message. Empty: none."
    )
    row_limit = fields.Integer("Most rows read", default=500, required=True)

    _row_limit_positive = models.Constraint("CHECK (row_limit > 0)", "At least one row must be read.")

    def _key_columns(self):
        return [name.strip() for name in (self.key_columns or "").split(",") if name.strip()]

    @api.model
    def _is_question(self, payload):
        """Whether a payload is the engine's own question about a message."""
        return {"number", "key", "remote_ref", "payload", "reply"} <= payload.keys()
