from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import card_reader, masking


class HospitalKiosk(models.AbstractModel):
    """The self-service machine: who put a card on the reader, or a new record for him.

    Its account is one of the registration desk; the screen is public, so it shows no more than the person needs to
    know that it is him.
    """

    _name = "hospital.kiosk"
    _description = "Self-service machine"

    @api.model
    def identify(self, text, card_type=None):
        """Whose card this is; ``new`` when nobody is on file with it and the card says enough to register."""
        self._check_user()
        try:
            values = self._read(text, card_type)
        except ValidationError as error:
            return {"state": "error", "message": error.args[0]}
        if not values:
            return {"state": "error", "message": self.env._("The card could not be read. Put it on the reader again.")}
        patient = self._find(values)
        if patient:
            return self._answer("found", patient)
        if not values.get("name"):
            return {
                "state": "error",
                "message": self.env._("Nobody is on file with this number. Please go to the registration desk."),
            }
        return {
            "state": "new",
            "name": masking.mask_name(values["name"]),
            "document": masking.mask_number(values["document_number"]),
            "document_type": self.env["hospital.identifier.type"].browse(values["document_type_id"]).name,
        }

    @api.model
    def register(self, text, card_type=None, phone=None):
        """A new record for the holder of the card, filed under a virtual card number."""
        self._check_user()
        try:
            values = self._read(text, card_type)
            if not values or not values.get("name"):
                raise UserError(self.env._("The card could not be read. Put it on the reader again."))
            if patient := self._find(values):
                return self._answer("found", patient)
            with self.env.cr.savepoint():
                return self._answer("registered", self._create(values, phone))
        except AccessError:
            raise
        except UserError as error:
            return {"state": "error", "message": error.args[0]}

    def _check_user(self):
        self.env["hospital.patient"].check_access("create")

    def _read(self, text, card_type):
        values = self.env["hospital.patient"]._read_document(text, card_type)
        if values and not values.get("name") and card_reader.is_card_text(text):
            return {}
        return values

    def _find(self, values):
        document_type = self.env["hospital.identifier.type"].browse(values["document_type_id"])
        country = self.env["hospital.code"].browse(values.get("issuing_country_id") or [])
        return self.env["hospital.patient"]._find_by_document(document_type, values["document_number"], country)

    def _create(self, values, phone):
        Patient = self.env["hospital.patient"]
        doubles = Patient._find_doubles(name=values["name"], birth_date=values.get("birth_date"))
        if doubles:
            raise UserError(
                self.env._("You may be on file already with another document. Please go to the registration desk.")
            )
        names = ("name", "name_latin", "sex", "birth_date", "address", "ethnicity_id", "nationality_id")
        patient = Patient.create(
            {
                **{name: values[name] for name in names if values.get(name)},
                **({"phone": phone} if phone else {}),
                "identifier_ids": Patient._document_commands(values),
            }
        )
        patient._ensure_virtual_card()
        return patient

    def _answer(self, state, patient):
        if any(document.type_id.is_foreign_resident for document in patient.identifier_ids):
            patient._ensure_virtual_card()
        return {
            "state": state,
            "name": masking.mask_name(patient.name),
            "sex": dict(patient._fields["sex"]._description_selection(self.env))[patient.sex],
            "age": patient.age or "",
            "number": patient.number,
            "card": patient.card_number or "",
            "document": patient.main_document or "",
            "phone": patient.phone or "",
        }
