from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools import masking


class HospitalMaskedMixin(models.AbstractModel):
    _name = "hospital.masked.mixin"
    _description = "Masked numbers that are shown whole only on request, and logged"

    # whose work needs a whole number now and then; the log shows who asked
    _hospital_reveal_groups = (
        "hospital_base.group_hospital_registrar,hospital_base.group_hospital_cashier,"
        "hospital_base.group_hospital_doctor,hospital_base.group_hospital_nurse,"
        "hospital_base.group_hospital_finance_clerk"
    )

    def _valid_field_parameter(self, field, name):
        return name == "masked_full" or super()._valid_field_parameter(field, name)

    def _field_to_sql(self, alias, field_expr, query=None):
        field = self._fields.get(field_expr)
        if getattr(field, "masked_full", None):
            raise AccessError(  # what `fields_get` takes for "neither sorted nor grouped"
                self.env._(
                    "%(field)s is shown masked: lists are not sorted or grouped by it. Choose another field.",
                    field=field._description_string(self.env),
                )
            )
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    @api.readonly
    def hospital_can_reveal(self):
        return self.env.user.has_groups(self._hospital_reveal_groups)

    def hospital_reveal(self, field_name):
        """The whole value behind a masked field, for one record; leaves a row in the access log."""
        self.ensure_one()
        self.check_access("read")
        field = self._fields.get(field_name)
        full = getattr(field, "masked_full", None)
        if not full:
            raise UserError(self.env._("This field holds nothing that is hidden."))
        self._check_field_access(field, "read")
        if not self.env.user.has_groups(self._hospital_reveal_groups):
            raise AccessError(self.env._("Your role may not show whole numbers. Ask the registration desk."))
        self.env["hospital.access.log"]._log("reveal", self, field_names=field_name)
        _sudo = self.sudo()  # the secret is closed to every user; this is the one logged way to it
        return _sudo[full] or ""

    def _hospital_clean_phone(self, typed):
        phone = masking.normalise_phone(typed)
        if not masking.is_phone(phone):
            raise UserError(
                self.env._(
                    "This is not a phone number: enter an 11-digit mobile number, or a landline with its area code.",
                )
            )
        return phone

    def _hospital_search_value(self, full, typed):
        """A search term in the shape in which ``full`` is stored."""
        return masking.normalise_phone(typed)
