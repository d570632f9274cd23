import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import identity, masking
from ..tools.ages import age_parts
from ..tools.masked_field import masked_char

PHONE_SEARCH_PREFIX = 7


class HospitalPatient(models.Model):
    _name = "hospital.patient"
    _description = "Patient"
    _inherit = [
        "hospital.pinyin.mixin",
        "hospital.import.mixin",
        "hospital.masked.mixin",
        "hospital.access.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "image.mixin",
    ]
    _order = "id desc"
    _hospital_pinyin_style = "person"
    _hospital_import_fields = (
        "number",
        "name",
        "name_latin",
        "sex",
        "birth_date",
        "nationality_id",
        "ethnicity_id",
        "phone",
        "phone_other",
        "address",
        "contact_name",
        "contact_phone",
        "blood_type",
        "rh",
        "identifier_ids/type_id",
        "identifier_ids/number",
        "identifier_ids/issuing_country_id",
        "identifier_ids/valid_to",
        "card_ids/number",
        "note",
    )

    name = fields.Char("Full name")
    pinyin = fields.Char(index=False)
    initials = fields.Char(index=False)
    number = fields.Char(
        "Patient number",
        required=True,
        copy=False,
        default="/",
        help="Left empty, the next number of the sequence is given.",
    )
    active = fields.Boolean(default=True)
    name_latin = fields.Char(
        "Name in Latin letters",
        index="trigram",
        help="As a foreigner's card or passport prints it beside the Chinese name.",
    )
    sex = fields.Selection(
        [("1", "Male"), ("2", "Female"), ("0", "Unknown"), ("9", "Unspecified")],
        required=True,
        default="0",
    )
    birth_date = fields.Date("Birth date", index=True)
    birth_at = fields.Datetime("Time of birth", help="For the newborn.")
    age = fields.Char(compute="_compute_age")
    age_years = fields.Integer("Age in years", compute="_compute_age")
    nationality_id = fields.Many2one(
        "hospital.code",
        domain=[("set_id.code", "=", "nationality")],
        ondelete="restrict",
        default=lambda self: self.env["hospital.code"]._get("nationality", "CHN"),
    )
    is_foreign = fields.Boolean("Foreigner", compute="_compute_is_foreign")
    ethnicity_id = fields.Many2one(
        "hospital.code",
        "Ethnic group",
        domain=[("set_id.code", "=", "ethnic")],
        ondelete="restrict",
    )
    marital_id = fields.Many2one(
        "hospital.code",
        "Marital status",
        domain=[("set_id.code", "=", "marital")],
        ondelete="restrict",
    )
    blood_type = fields.Selection([("a", "A"), ("b", "B"), ("ab", "AB"), ("o", "O")], "Blood type")
    rh = fields.Selection([("pos", "Rh positive"), ("neg", "Rh negative")])

    phone_full = fields.Char("Whole phone", groups=fields.NO_ACCESS, copy=False)
    phone = masked_char(
        "Phone",
        full="phone_full",
        mask=masking.mask_phone,
        normalise="_hospital_clean_phone",
        prefix=PHONE_SEARCH_PREFIX,
    )
    phone_other_full = fields.Char("Whole other phone", groups=fields.NO_ACCESS, copy=False)
    phone_other = masked_char(
        "Other phone",
        full="phone_other_full",
        mask=masking.mask_phone,
        normalise="_hospital_clean_phone",
        prefix=PHONE_SEARCH_PREFIX,
    )
    address = fields.Char()
    registered_address = fields.Char("Registered address")
    postal_code = fields.Char("Postal code")
    employer = fields.Char()
    contact_name = fields.Char("Contact person")
    contact_relation_id = fields.Many2one(
        "hospital.code",
        "Relation",
        domain=[("set_id.code", "=", "relation")],
        ondelete="restrict",
    )
    contact_phone_full = fields.Char("Whole phone of the contact", groups=fields.NO_ACCESS, copy=False)
    contact_phone = masked_char(
        "Phone of the contact",
        full="contact_phone_full",
        mask=masking.mask_phone,
        normalise="_hospital_clean_phone",
    )
    mother_id = fields.Many2one("hospital.patient", index="btree_not_null", ondelete="restrict")

    allergy_ids = fields.One2many("hospital.allergy", "patient_id", "Allergies")
    allergy_state = fields.Selection(
        [("unknown", "Not asked"), ("none", "No known allergy"), ("known", "Allergic")],
        "Allergy",
        compute="_compute_allergy_state",
        store=True,
        readonly=False,
        required=True,
        default="unknown",
    )
    allergy_text = fields.Char("Allergic to", compute="_compute_allergy_text")
    identifier_ids = fields.One2many("hospital.identifier", "patient_id", "Documents")
    card_ids = fields.One2many("hospital.card", "patient_id", "Cards")
    coverage_ids = fields.One2many("hospital.coverage", "patient_id")
    main_document = fields.Char("Document", compute="_compute_main_document")
    card_number = fields.Char("Card", compute="_compute_card_number")

    note = fields.Text("Remarks")
    registration_campus_id = fields.Many2one(
        "hospital.campus",
        "Registered at",
        default=lambda self: self.env.user._hospital_campus(),
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner", "Portal contact", copy=False, index="btree_not_null", ondelete="set null"
    )
    merged_into_id = fields.Many2one(
        "hospital.patient",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    search_text = fields.Char("Patient", compute="_compute_search_text", search="_search_search_text")

    _number_uniq = models.Constraint("UNIQUE(number)", "There is already a patient with this number.")
    _name_prefix_idx = models.Index("(name text_pattern_ops)")
    _name_characters_idx = models.Index("USING gin (string_to_array(name, NULL))")
    _initials_prefix_idx = models.Index("(initials text_pattern_ops)")
    _pinyin_prefix_idx = models.Index("(pinyin text_pattern_ops)")
    _number_prefix_idx = models.Index("(number text_pattern_ops)")
    _phone_prefix_idx = models.Index("(phone_full text_pattern_ops) WHERE phone_full IS NOT NULL")
    _phone_other_prefix_idx = models.Index("(phone_other_full text_pattern_ops) WHERE phone_other_full IS NOT NULL")

    @api.depends("name", "number")
    def _compute_display_name(self):
        for patient in self:
            patient.display_name = f"{patient.name or ''} ({patient.number})" if patient.number != "/" else patient.name

    @api.depends("birth_date", "birth_at")
    @api.depends_context("lang")
    def _compute_age(self):
        today = self.env.company._hospital_today()
        for patient in self:
            patient.age, patient.age_years = False, 0
            if patient.birth_date:
                number, unit = age_parts(patient.birth_date, today)
                patient.age = patient._age_text(number, unit)
                patient.age_years = number if unit == "year" else 0

    def _age_text(self, number, unit):
        if unit == "year":
            return self.env._("%s years", number)
        if unit == "month":
            return self.env._("%s months", number)
        if number == 0 and self.birth_at:
            hours = (fields.Datetime.now() - self.birth_at).total_seconds() // 3600
            return self.env._("%s hours", int(max(hours, 0)))
        return self.env._("%s days", number)

    @api.depends("nationality_id")
    def _compute_is_foreign(self):
        china = self.env["hospital.code"]._get("nationality", "CHN")
        for patient in self:
            patient.is_foreign = bool(patient.nationality_id) and patient.nationality_id != china

    @api.depends("allergy_ids.active")
    def _compute_allergy_state(self):
        for patient in self:
            if patient.allergy_ids:
                patient.allergy_state = "known"
            elif patient.allergy_state == "known":
                patient.allergy_state = "unknown"

    @api.depends("allergy_ids.substance", "allergy_ids.reaction")
    def _compute_allergy_text(self):
        for patient in self:
            patient.allergy_text = ", ".join(
                f"{allergy.substance} ({allergy.reaction})" if allergy.reaction else allergy.substance
                for allergy in patient.allergy_ids
                if allergy.substance
            )

    @api.depends("identifier_ids.number", "identifier_ids.type_id", "identifier_ids.is_current")
    def _compute_main_document(self):
        for patient in self:
            documents = patient.identifier_ids.sorted(
                lambda document: (not document.is_current, not document.type_id.is_personal, document.type_id.sequence),
            )
            patient.main_document = documents[:1].number

    @api.depends("card_ids.number", "card_ids.state")
    def _compute_card_number(self):
        for patient in self:
            patient.card_number = patient.card_ids.filtered(lambda card: card.state == "in_use")[:1].number

    def _compute_search_text(self):
        self.search_text = False

    @api.constrains("birth_date", "birth_at")
    def _check_birth(self):
        today = self.env.company._hospital_today()
        for patient in self:
            if patient.birth_date and patient.birth_date > today:
                raise ValidationError(self.env._("The birth date lies in the future: correct it."))
            if patient.birth_at and patient.birth_date != self.env.company._hospital_date(patient.birth_at):
                raise ValidationError(self.env._("The time of birth is not on the birth date: correct one of them."))

    @api.constrains("mother_id")
    def _check_mother(self):
        for patient in self:
            if patient.mother_id == patient:
                raise ValidationError(self.env._("Nobody is their own mother: choose another patient."))

    @api.onchange("identifier_ids")
    def _onchange_identifier_ids(self):
        """Numbers fill what is empty; what they contradict is asked, never overwritten."""
        wrong = []
        for document in self.identifier_ids:
            if not document.type_id or not document.number or masking.is_masked(document.number):
                continue
            try:
                parsed = document.type_id._parse(document.number)
            except ValidationError:
                continue
            if parsed.sex and self.sex in (False, "0"):
                self.sex = parsed.sex
            elif parsed.sex and parsed.sex != self.sex:
                wrong.append(self.env._("sex"))
            if parsed.birth_date and not self.birth_date:
                self.birth_date = parsed.birth_date
            elif parsed.birth_date and parsed.birth_date != self.birth_date:
                wrong.append(self.env._("birth date"))
        if wrong:
            return {
                "warning": {
                    "title": self.env._("The document says otherwise"),
                    "message": self.env._(
                        "The number of the document contradicts this patient: %s. Check whether it is the right "
                        "person and correct one of the two.",
                        ", ".join(wrong),
                    ),
                }
            }
        return None

    @api.onchange("birth_at")
    def _onchange_birth_at(self):
        if self.birth_at:
            self.birth_date = self.env.company._hospital_date(self.birth_at)

    @api.model_create_multi
    def create(self, vals_list):
        _sequence_sudo = self.env["ir.sequence"].sudo()  # sequences are closed to clerks
        for vals in vals_list:
            if (vals.get("number") or "/") == "/":
                vals["number"] = _sequence_sudo.next_by_code("hospital.patient")
                while (
                    self.sudo().with_context(active_test=False).search_count([("number", "=", vals["number"])], limit=1)
                ):
                    vals["number"] = _sequence_sudo.next_by_code("hospital.patient")  # imported from another system
            else:
                vals["number"] = identity.normalise(vals["number"])
            if vals.get("name"):
                vals["name"] = " ".join(vals["name"].split())
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("name"):
            vals = {**vals, "name": " ".join(vals["name"].split())}
        if "number" in vals and any(patient.number != vals["number"] for patient in self):
            raise UserError(
                self.env._("The number of a patient never changes: it is on cards, slips and in other systems.")
            )
        if vals.get("active") and any(patient.merged_into_id for patient in self):
            raise UserError(self.env._("A merged record stays archived: go on with the patient it was merged into."))
        before = self._hospital_noted_values(vals)
        result = super().write(vals)
        if "active" in vals:
            documents = (
                self.env["hospital.identifier"].with_context(active_test=False).search([("patient_id", "in", self.ids)])
            )
            documents.write({"active": vals["active"]})
        self._hospital_note_changes(before, self._hospital_noted_values(vals))
        return result

    def _hospital_noted_values(self, vals):
        """What the chatter compares; values are only compared, never written there."""
        names = [name for name in vals if name in self._fields and not self._fields[name].type.endswith("2many")]
        _sudo = self.sudo()  # whole numbers are closed to users, that they changed is not
        return {
            patient.id: {name: patient[getattr(self._fields[name], "masked_full", None) or name] for name in names}
            for patient in _sudo
        }

    def _hospital_note_changes(self, before, after):
        for patient in self:
            changed = [
                self._fields[name]._description_string(self.env)
                for name, value in after[patient.id].items()
                if value != before[patient.id][name] and not self._fields[name].groups
            ]
            if changed:
                patient._message_log(body=self.env._("Changed: %s", ", ".join(sorted(changed))))

    @api.model
    def _hospital_import_example(self):
        return {
            "name": "张晓明",
            "sex": dict(self._fields["sex"]._description_selection(self.env))["1"],
            "birth_date": datetime.date(1990, 1, 1),
            "nationality_id": self.env["hospital.code"]._get("nationality", "CHN").display_name,
            "phone": "13800001234",
            "identifier_ids/type_id": self.env.ref("hospital_base.identifier_type_resident_id").name,
            "identifier_ids/number": "119999199001010012",
            "card_ids/number": "3300000001",
        }
