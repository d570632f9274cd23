from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

DAYS_BACK = 30


class HospitalPatient(models.Model):
    """Who was registered twice within the last weeks: a worklist for the registration desk."""

    _inherit = "hospital.patient"

    is_double = fields.Boolean(
        "Possible double",
        compute="_compute_is_double",
        search="_search_is_double",
        help="Another patient has the same name and birth date, and one of the two was registered within the last 30 days.",
    )

    _create_date_idx = models.Index("(create_date)")

    @api.depends("name", "birth_date", "active")
    def _compute_is_double(self):
        stored = self.filtered(lambda patient: patient._origin.id)
        doubles = (
            stored.search([("id", "in", stored._origin.ids), ("is_double", "=", True)]) if stored else self.browse()
        )
        for patient in self:
            patient.is_double = patient._origin in doubles

    def _search_is_double(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["name", "birth_date", "active"])
        since = fields.Datetime.now() - timedelta(days=DAYS_BACK)
        return Domain.custom(
            # from the few new ones to the others by the index on the birth date; both of a pair are found
            to_sql=lambda _model, alias, _query: SQL(
                """%s = ANY(ARRAY(
                    SELECT unnest(ARRAY[fresh.id, other.id])
                    FROM hospital_patient AS fresh
                    JOIN hospital_patient AS other
                        ON other.birth_date = fresh.birth_date AND other.name = fresh.name AND other.id <> fresh.id AND other.active
                    WHERE fresh.create_date >= %s AND fresh.active
                ))""",
                SQL.identifier(alias, "id"),
                since,
            ),
            predicate=lambda patient: patient.is_double,
        )
