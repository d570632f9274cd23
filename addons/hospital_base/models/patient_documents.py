from odoo import Command, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import card_reader, identity, masking


class HospitalPatient(models.Model):
    """What a card reader or a typed document number says, and who may already be on file with it."""

    _inherit = "hospital.patient"

    def _read_document(self, text, card_type=None):
        """Values of a registration from a reader's text or a typed number; raises a sentence when it is wrong.

        Empty when the text is no document at all, a name for instance.
        """
        card = card_reader.read(text, card_type)
        number = card.number if card else identity.normalise(text)
        DocumentType = self.env["hospital.identifier.type"]
        if card:
            document_type = DocumentType._for_reader(card.card_type, number)
            if not document_type:
                raise ValidationError(
                    self.env._("The reader sent a card that no document type stands for: type the data by hand.")
                )
        else:
            document_type = DocumentType._detect(number)[:1]
            if not document_type:
                if len(number) == 18 and number[:17].isdecimal():
                    DocumentType.search([("code", "=", "prc_2023" if number[0] == "9" else "resident_id")])._parse(
                        number
                    )
                return {}
        parsed = document_type._parse(number)
        values = {
            "document_type_id": document_type.id,
            "document_number": parsed.number,
            "sex": parsed.sex or False,
            "birth_date": parsed.birth_date or False,
            "nationality_id": document_type._country(parsed.country).id,
        }
        if not values["nationality_id"] and document_type.code in ("resident_id", "resident_id_15"):
            values["nationality_id"] = self.env["hospital.code"]._get("nationality", "CHN").id
        values["issuing_country_id"] = values["nationality_id"] if document_type.country_required else False
        if card:
            values.update(self._card_values(card))
        return values

    def _card_values(self, card):
        """The chip knows more than the number, and the century of old foreign cards."""
        Code = self.env["hospital.code"]
        values = {
            "name": card.full_name,
            "name_latin": card.name_latin,
            "sex": card.sex,
            "birth_date": card.birth_date,
            "address": card.address,
            "valid_from": card.valid_from,
            "valid_to": card.valid_to,
            "travel_number": card.travel_number,
        }
        if card.ethnicity:
            values["ethnicity_id"] = Code.search(
                [
                    ("set_id.code", "=", "ethnic"),
                    "|",
                    ("code", "=", card.ethnicity),
                    ("name", "in", (card.ethnicity, card.ethnicity + "族")),
                ],
                limit=1,
            ).id
        return {name: value for name, value in values.items() if value}

    def _find_by_document(self, document_type, number, country=None):
        """The active patient who holds this document, whatever edition of it."""
        if not number:
            return self.browse()
        number = identity.normalise(number)
        keys = {document_type._match_key(key, country) for key in identity.match_keys(number)} | {number}
        _sudo = self.env["hospital.identifier"].sudo()  # compared numbers are closed to users, whose they are is not
        kinds = Domain("type_id", "=", document_type.id)
        if document_type.code in ("resident_id", "resident_id_15"):
            kinds = Domain("type_id.code", "in", ("resident_id", "resident_id_15"))
        found = _sudo.search(kinds & Domain("match_key", "in", list(keys)), limit=1)
        return self.browse(found.patient_id.id)

    def _find_doubles(self, name=None, birth_date=None, phone=None, document_type=None, number=None, country=None):
        """``(patient, reason)`` pairs of people who may be the one in front of the clerk; the surest first."""
        found = {}
        if document_type and number:
            for patient in self._find_by_document(document_type, number, country):
                found.setdefault(patient, "document")
        if name and birth_date:
            for patient in self.search(
                [("birth_date", "=", birth_date), ("name", "=", " ".join(name.split()))], limit=5
            ):
                found.setdefault(patient, "name")
        phone = masking.normalise_phone(phone)
        if masking.is_phone(phone):
            for patient in self.search([("phone", "=", phone)], limit=5):
                found.setdefault(patient, "phone")
        return list(found.items())

    def _registration_slip(self):
        """The print a newly registered patient takes along."""
        report = self.env.ref("hospital_base.report_hospital_patient_slip", raise_if_not_found=False)
        return report.report_action(self, config=False) if report else False

    def _registration_done(self, report):
        return {
            "type": "ir.actions.client",
            "tag": "hospital_registration_done",
            "params": {
                "patient_id": self.id,
                "message": self.env._("%s is registered.", self.display_name),
                "card": self.card_number or "",
                "report": report,
            },
        }

    def _ensure_virtual_card(self):
        """A foreign permanent resident without a card is filed under a virtual card number."""
        self.ensure_one()
        card = self.card_ids.filtered(lambda card: card.state == "in_use")[:1]
        if not card:
            card = self.env["hospital.card"].create(
                {
                    "patient_id": self.id,
                    "type_id": self.env["hospital.card.type"]._virtual().id,
                }
            )
        return card

    def _add_document(self, values):
        """File a newly shown document with a known patient; a number shown before stays on file."""
        self.ensure_one()
        Document = self.env["hospital.identifier"]
        commands = self._document_commands(values)
        for _command, _id, vals in commands:
            document_type = self.env["hospital.identifier.type"].browse(vals["type_id"])
            if self._find_by_document(document_type, vals["number"]):
                continue
            if document_type.is_personal:
                older = self.identifier_ids.filtered(
                    lambda document, kind=document_type: document.is_current and document.type_id._replaced_by(kind),
                )
                older.write({"is_current": False})
            Document.create({**vals, "patient_id": self.id})

    def _document_commands(self, values):
        commands = []
        if values.get("document_number"):
            names = ("issuing_country_id", "valid_from", "valid_to")
            commands.append(
                Command.create(
                    {
                        "type_id": values["document_type_id"],
                        "number": values["document_number"],
                        **{name: values[name] for name in names if values.get(name)},
                    }
                )
            )
        if values.get("travel_number"):
            travel_type = self.env["hospital.identifier.type"]._for_travel_number(values["travel_number"])
            if travel_type:
                commands.append(Command.create({"type_id": travel_type.id, "number": values["travel_number"]}))
        return commands
