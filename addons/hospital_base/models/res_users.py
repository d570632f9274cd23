from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResUsers(models.Model):
    _inherit = "res.users"

    hospital_campus_ids = fields.Many2many(
        "hospital.campus",
        "hospital_campus_res_users_rel",
        "user_id",
        "campus_id",
        string="Campuses",
        help="The campuses at which the user works. Records of other campuses are hidden; without any campus all are.",
    )
    hospital_campus_id = fields.Many2one(
        "hospital.campus",
        string="Default campus",
        ondelete="set null",
        domain="[('id', 'in', hospital_campus_ids)]",
        help="Filled in when the user makes something new.",
    )
    hospital_practitioner_ids = fields.One2many("hospital.practitioner", "user_id", string="Practitioner")

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "hospital_campus_ids", "hospital_campus_id", "hospital_practitioner_ids"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "hospital_campus_id"]

    @api.constrains("hospital_campus_id", "hospital_campus_ids")
    def _check_hospital_campus(self):
        for user in self:
            if user.hospital_campus_id and user.hospital_campus_id not in user.hospital_campus_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work at %(campus)s. Choose a default campus out of his campuses.",
                        user=user.name,
                        campus=user.hospital_campus_id.name,
                    )
                )

    @api.onchange("hospital_campus_ids")
    def _onchange_hospital_campus_ids(self):
        if self.hospital_campus_id not in self.hospital_campus_ids:
            self.hospital_campus_id = False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            if (
                "hospital_campus_ids" not in vals
                and company.sudo().hospital_default_campus_id
                and not vals.get("share")
            ):
                vals["hospital_campus_ids"] = [fields.Command.set(company.sudo().hospital_default_campus_id.ids)]
        return super().create(vals_list)

    def _get_invalidation_fields(self):
        """Record rules are cached per user and name his campuses."""
        return super()._get_invalidation_fields() | {"hospital_campus_ids"}

    def _hospital_campus(self):
        """The campus the user works at unless he says otherwise."""
        self.ensure_one()
        user_sudo = self.sudo()  # the campus of the user at work, whatever he may read
        return (user_sudo.hospital_campus_id or user_sudo.hospital_campus_ids[:1]).with_env(self.env)

    def _hospital_practitioner(self):
        """The practitioner this user is, empty for office staff."""
        self.ensure_one()
        return self.sudo().hospital_practitioner_ids[:1].with_env(self.env)
