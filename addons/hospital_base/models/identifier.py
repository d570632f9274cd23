from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identity, masking
from ..tools.masked_field import masked_char
from ..tools.uniqueness import unique_or_sentence


class HospitalIdentifier(models.Model):
    _name = "hospital.identifier"
    _description = "Identity document"
    _inherit = ["hospital.masked.mixin", "hospital.access.mixin"]
    _order = "patient_id, is_current desc, id desc"

    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="cascade")
    type_id = fields.Many2one("hospital.identifier.type", "Document", required=True, index=True, ondelete="restrict")
    number_full = fields.Char("Whole number", groups=fields.NO_ACCESS, copy=False)
    match_key = fields.Char(
        "Compared number",
        compute="_compute_match_key",
        store=True,
        groups=fields.NO_ACCESS,
        copy=False,
    )
    number = masked_char(
        "Number",
        full="number_full",
        mask=masking.mask_number,
        normalise="_hospital_clean_number",
        required=True,
    )
    issuing_country_id = fields.Many2one(
        "hospital.code",
        "Issuing country",
        domain=[("set_id.code", "=", "nationality")],
        ondelete="restrict",
    )
    valid_from = fields.Date("Valid from")
    valid_to = fields.Date("Valid to")
    is_current = fields.Boolean("Current", default=True, help="Off for a number that a newer document has replaced.")
    is_expired = fields.Boolean("Expired", compute="_compute_is_expired")
    active = fields.Boolean(default=True)

    _match_key_uniq = models.UniqueIndex(
        "(type_id, match_key) WHERE active",
        "Another patient already holds this document. Open that patient, or merge the two.",
    )
    _match_key_prefix_idx = models.Index("(match_key text_pattern_ops) WHERE match_key IS NOT NULL")

    @api.depends("type_id.name", "number")
    def _compute_display_name(self):
        for document in self:
            document.display_name = f"{document.type_id.name or ''} {document.number or ''}".strip()

    @api.depends("number_full", "type_id", "issuing_country_id")
    def _compute_match_key(self):
        for document in self:
            document.match_key = (
                document.type_id
                and document.number_full
                and document.type_id._match_key(
                    document.number_full,
                    document.issuing_country_id,
                )
            )

    @api.depends("valid_to")
    def _compute_is_expired(self):
        today = self.env.company._hospital_today()
        for document in self:
            document.is_expired = bool(document.valid_to and document.valid_to < today)

    @api.constrains("type_id", "number_full", "issuing_country_id")
    def _check_number(self):
        for document in self.sudo():  # the secret is closed to users, its rules are not
            if not document.number_full:
                continue  # still on its way through the masked field; create and write refuse an empty one
            parsed = document.type_id._parse(document.number_full)
            if parsed.number != document.number_full:
                document.number_full = parsed.number
            if document.type_id.country_required and not document.issuing_country_id:
                raise ValidationError(
                    self.env._("Enter the country that issued the document %s.", document.type_id.name)
                )

    @api.constrains("valid_from", "valid_to")
    def _check_validity(self):
        for document in self:
            if document.valid_from and document.valid_to and document.valid_from > document.valid_to:
                raise ValidationError(self.env._("The document ends before it begins: correct its validity."))

    @api.onchange("type_id", "number")
    def _onchange_number(self):
        if not self.number or masking.is_masked(self.number):
            return None
        if not self.type_id:
            self.type_id = self.env["hospital.identifier.type"]._detect(self.number)[:1]
        if self.type_id:
            try:
                parsed = self.type_id._parse(self.number)
            except ValidationError as error:
                return {"warning": {"title": self.env._("Check the number"), "message": str(error)}}
            if parsed.country and not self.issuing_country_id:
                self.issuing_country_id = self.type_id._country(parsed.country)
        return None

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_number_given(vals)
        with unique_or_sentence(self.env, lambda: self._taken_sentence(vals_list)):
            return super().create(vals_list)

    def write(self, vals):
        if "number" in vals:
            self._check_number_given(vals)
        with unique_or_sentence(self.env, lambda: self._taken_sentence(self._unique_facts(vals))):
            result = super().write(vals)
        if "number" in vals or "type_id" in vals:
            self._note_on_patient(self.env._("Document changed: %s"))
        return result

    def unlink(self):
        self._note_on_patient(self.env._("Document removed: %s"))
        return super().unlink()

    def _unique_facts(self, vals):
        """What each document would be after writing ``vals``, as far as it must be unique."""
        return [
            {
                "type_id": vals.get("type_id", _sudo.type_id.id),
                "number": vals.get("number", _sudo.number_full),
                "issuing_country_id": vals.get("issuing_country_id", _sudo.issuing_country_id.id),
            }
            for _sudo in self.sudo()  # the number is closed to users, the sentence does not show it
        ]

    def _taken_sentence(self, facts):
        """Who holds one of the documents; nobody seen yet means a colleague who saves at this moment.

        The patient's number, not his name: sentences of errors reach the server's log.
        """
        _sudo = self.sudo()  # the holder counts, also where this user may not look
        for vals in facts:
            kind = self.env["hospital.identifier.type"].browse(vals.get("type_id"))
            country = self.env["hospital.code"].browse(vals.get("issuing_country_id") or [])
            holder = kind and _sudo.search(
                [("type_id", "=", kind.id), ("match_key", "=", kind._match_key(vals.get("number") or "", country))],
                limit=1,
            )
            if holder and holder not in self:
                return self.env._(
                    "%(document)s with this number is already on file for the patient number %(patient)s. Open that "
                    "patient, or merge the two.",
                    document=kind.name,
                    patient=holder.patient_id.number,
                )
        return self.env._(
            "Somebody registered this document for another patient at this moment. Search for the patient by the "
            "document.",
        )

    def _check_number_given(self, vals):
        if not (vals.get("number") or "").strip():
            raise ValidationError(self.env._("Enter the number of the document."))

    def _note_on_patient(self, text):
        for document in self:
            document.patient_id._message_log(body=text % document.type_id.name)

    def _hospital_clean_number(self, typed):
        return identity.normalise(typed)

    def _hospital_search_value(self, full, typed):
        return identity.normalise(typed)
