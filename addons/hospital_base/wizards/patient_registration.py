from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import identity, masking
from ..tools.ages import age_parts


class HospitalPatientRegistration(models.TransientModel):
    """One screen for the desk: scan or type, see who it may be, press Enter."""

    _name = "hospital.patient.registration"
    _description = "Registration of a patient"

    scan = fields.Char("Scan or type a document, card or phone number", store=False)
    message = fields.Char(readonly=True)
    name = fields.Char("Full name")
    name_latin = fields.Char("Name in Latin letters")
    sex = fields.Selection([("1", "Male"), ("2", "Female"), ("0", "Unknown"), ("9", "Unspecified")])
    birth_date = fields.Date("Birth date")
    age = fields.Char(compute="_compute_age")
    nationality_id = fields.Many2one("hospital.code", domain=[("set_id.code", "=", "nationality")])
    ethnicity_id = fields.Many2one("hospital.code", "Ethnic group", domain=[("set_id.code", "=", "ethnic")])
    phone = fields.Char()
    address = fields.Char()
    contact_name = fields.Char("Contact person")
    contact_relation_id = fields.Many2one("hospital.code", "Relation", domain=[("set_id.code", "=", "relation")])
    contact_phone = fields.Char("Phone of the contact")
    document_type_id = fields.Many2one("hospital.identifier.type", "Document")
    country_required = fields.Boolean(related="document_type_id.country_required")
    document_number = fields.Char("Document number")
    issuing_country_id = fields.Many2one(
        "hospital.code", "Issuing country", domain=[("set_id.code", "=", "nationality")]
    )
    valid_from = fields.Date("Valid from")
    valid_to = fields.Date("Valid to")
    travel_number = fields.Char("Travel permit number")
    document_sex = fields.Char(compute="_compute_conflict")
    document_birth_date = fields.Date(compute="_compute_conflict")
    conflict = fields.Char(compute="_compute_conflict")
    conflict_choice = fields.Selection(
        [("document", "The document is right"), ("typed", "What was typed is right")],
        "Which is right?",
    )
    card_number = fields.Char("Card number")
    card_type_id = fields.Many2one("hospital.card.type", "Card type", compute="_compute_card_type_id")
    virtual_card = fields.Boolean(
        "Virtual card",
        compute="_compute_virtual_card",
        store=True,
        readonly=False,
        help="The next virtual card number is given. Foreign permanent residents get one when they have no other card.",
    )
    insurance_id = fields.Many2one("hospital.code", domain=[("set_id.code", "=", "insutype")])
    insurance_number = fields.Char("Insurance number")
    print_slip = fields.Boolean("Print the slip", default=True)
    doubles = fields.Json(compute="_compute_doubles")
    has_namesake = fields.Boolean(compute="_compute_doubles")
    is_other_person = fields.Boolean("It is another person: register anyway")

    @api.depends("birth_date")
    def _compute_age(self):
        today = self.env.company._hospital_today()
        for registration in self:
            registration.age = registration.birth_date and self.env["hospital.patient"]._age_text(
                *age_parts(registration.birth_date, today),
            )

    @api.depends("document_type_id", "document_number", "sex", "birth_date")
    def _compute_conflict(self):
        for registration in self:
            parsed = registration._parsed_document()
            registration.document_sex = parsed and parsed.sex
            registration.document_birth_date = parsed and parsed.birth_date
            registration.conflict = registration._conflict_sentence(parsed)

    @api.depends("card_number")
    def _compute_card_type_id(self):
        for registration in self:
            registration.card_type_id = self.env["hospital.card.type"]._for_number(
                identity.normalise(registration.card_number),
            )

    @api.depends("document_type_id", "card_number")
    def _compute_virtual_card(self):
        for registration in self:
            registration.virtual_card = (
                registration.document_type_id.is_foreign_resident and not registration.card_number
            )

    @api.depends("name", "birth_date", "phone", "document_type_id", "document_number", "issuing_country_id")
    def _compute_doubles(self):
        for registration in self:
            found = registration._find_doubles()
            registration.doubles = [registration._double_card(patient, reason) for patient, reason in found]
            registration.has_namesake = any(reason == "name" for _patient, reason in found)

    @api.onchange("scan")
    def _onchange_scan(self):
        text, self.scan, self.message = self.scan, False, False
        if not (text or "").strip():
            return
        try:
            values = self.env["hospital.patient"]._read_document(text)
        except ValidationError as error:
            self.message = error.args[0]
            return
        if values:
            self._fill(values)
        elif self._is_phone(text):
            self.phone = masking.normalise_phone(text)
        elif card_type := self.env["hospital.card.type"]._for_number(identity.normalise(text)):
            self._fill_card(identity.normalise(text), card_type)
        elif text.isascii() and any(character.isdecimal() for character in text):
            self.message = self.env._(
                "This is neither a document nor a card number. Choose the document below and type its number there."
            )
        else:
            self.name = " ".join(text.split())

    @api.onchange("document_number", "document_type_id")
    def _onchange_document_number(self):
        self.message = False
        if not self.document_number:
            return
        DocumentType = self.env["hospital.identifier.type"]
        self.document_number = identity.normalise(self.document_number)
        self.document_type_id = self.document_type_id or DocumentType._detect(self.document_number)[:1]
        if not self.document_type_id:
            return
        try:
            parsed = self.document_type_id._parse(self.document_number)
        except ValidationError as error:
            self.message = error.args[0]
            return
        self._fill(
            {
                "sex": parsed.sex,
                "birth_date": parsed.birth_date,
                "nationality_id": self.document_type_id._country(parsed.country).id,
            }
        )

    @api.onchange("conflict_choice")
    def _onchange_conflict_choice(self):
        if self.conflict_choice == "document":
            self.sex = self.document_sex or self.sex
            self.birth_date = self.document_birth_date or self.birth_date
            self.conflict_choice = False

    def _is_phone(self, text):
        phone = masking.normalise_phone(text)
        return masking.is_phone(phone) and len(phone) >= 11 and phone[0] in "01+"

    def _fill(self, values):
        """Fill what is empty; what a person typed stays, and is asked about when the document says otherwise."""
        document = (
            "document_type_id",
            "document_number",
            "issuing_country_id",
            "valid_from",
            "valid_to",
            "travel_number",
        )
        for name, value in values.items():
            if value and (name in document or not self[name] or (name == "sex" and self[name] == "0")):
                self[name] = value

    def _fill_card(self, number, card_type):
        card = self.env["hospital.card"].search([("number", "=", number), ("state", "=", "in_use")], limit=1)
        if card:
            self.message = self.env._(
                "Card %(number)s belongs to %(patient)s.", number=number, patient=card.patient_id.display_name
            )
        else:
            self.card_number = number

    def _parsed_document(self):
        if not (self.document_type_id and self.document_number):
            return None
        try:
            return self.document_type_id._parse(self.document_number)
        except ValidationError:
            return None

    def _conflict_sentence(self, parsed):
        if not parsed:
            return False
        wrong = []
        if parsed.sex and self.sex in ("1", "2") and parsed.sex != self.sex:
            wrong.append(self.env._("sex"))
        if parsed.birth_date and self.birth_date and parsed.birth_date != self.birth_date:
            wrong.append(self.env._("birth date"))
        return self.env._("The document says otherwise than what was typed: %s.", ", ".join(wrong)) if wrong else False

    def _find_doubles(self):
        self.ensure_one()
        return self.env["hospital.patient"]._find_doubles(
            name=self.name,
            birth_date=self.birth_date,
            phone=self.phone,
            document_type=self.document_type_id,
            number=self.document_number,
            country=self.issuing_country_id,
        )

    def _double_card(self, patient, reason):
        sentences = {
            "document": self.env._("Same document"),
            "name": self.env._("Same name and birth date"),
            "phone": self.env._("Same phone"),
        }
        return {
            "id": patient.id,
            "name": patient.display_name,
            "sex": dict(patient._fields["sex"]._description_selection(self.env))[patient.sex],
            "age": patient.age or "",
            "birth_date": fields.Date.to_string(patient.birth_date) if patient.birth_date else "",
            "document": patient.main_document or "",
            "phone": patient.phone or "",
            "reason": reason,
            "sentence": sentences[reason],
        }

    def action_register(self):
        self.ensure_one()
        self._check_complete()
        patient = self.env["hospital.patient"].create(self._prepare_patient_vals())
        if self.card_number:
            self.env["hospital.card"].create({"patient_id": patient.id, "number": self.card_number})
        if self.virtual_card:
            patient._ensure_virtual_card()
        report = patient._registration_slip() if self.print_slip else False
        self.unlink()
        return patient._registration_done(report)

    def _check_complete(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("name", "sex")
            if not (self[name] or "").strip()
        ]
        if missing:
            raise UserError(self.env._("Please fill in: %s.", ", ".join(missing)))
        if self.document_number and not self.document_type_id:
            raise UserError(self.env._("Choose which document the number belongs to."))
        if self.document_type_id and not self.document_number:
            raise UserError(self.env._("Enter the number of the document, or take the document away."))
        if self.document_number:
            self.document_type_id._parse(self.document_number)
        if self.conflict and self.conflict_choice != "typed":
            raise UserError(self.env._("%s Choose which is right before you register.", self.conflict))
        for patient, reason in self._find_doubles():
            if reason == "document":
                raise UserError(
                    self.env._("%s holds this document already: open that patient instead.", patient.display_name)
                )
        if self.has_namesake and not self.is_other_person:
            raise UserError(
                self.env._(
                    "Somebody with this name and birth date is on file. Open that patient, or tick that it is another "
                    "person.",
                )
            )

    def _prepare_patient_vals(self):
        vals = {
            name: self[name].id if self._fields[name].type == "many2one" else self[name]
            for name in (
                "name",
                "name_latin",
                "sex",
                "birth_date",
                "ethnicity_id",
                "phone",
                "address",
                "contact_name",
                "contact_relation_id",
                "contact_phone",
                "nationality_id",
            )
            if self[name]
        }
        vals["identifier_ids"] = self.env["hospital.patient"]._document_commands(
            {
                "document_type_id": self.document_type_id.id,
                "document_number": self.document_number,
                "issuing_country_id": self.issuing_country_id.id,
                "valid_from": self.valid_from,
                "valid_to": self.valid_to,
                "travel_number": self.travel_number,
            }
        )
        if self.insurance_id:
            vals["coverage_ids"] = [Command.create({"kind_id": self.insurance_id.id, "number": self.insurance_number})]
        return vals
