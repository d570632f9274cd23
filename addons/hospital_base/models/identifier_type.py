import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identity


class HospitalIdentifierType(models.Model):
    _name = "hospital.identifier.type"
    _description = "Type of identity document"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    pattern = fields.Char(help="Regular expression of the normalised number: half-width, upper case, without spaces.")
    detect = fields.Boolean(
        "Recognised by its number",
        help="A number of this shape, typed or scanned without its type, is taken for this document.",
    )
    check = fields.Selection(
        [("none", "None"), ("mod11_2", "MOD 11-2, last character")],
        "Check character",
        required=True,
        default="none",
    )
    birth_format = fields.Selection(
        [
            ("none", "Not in the number"),
            ("yyyymmdd", "Year with century, month, day"),
            ("19yymmdd", "Year without century, always 19xx"),
            ("yymmdd", "Year without century, century unknown"),
        ],
        "Birth date",
        required=True,
        default="none",
    )
    birth_start = fields.Integer("Birth date starts at")
    sex_position = fields.Integer("Position of the sex digit")
    region_position = fields.Integer("Position of the place code")
    region_digits = fields.Integer("Digits of the place code", default=6)
    country_position = fields.Integer("Position of the country code")
    country_format = fields.Selection(
        [("none", "None"), ("alpha3", "Three letters"), ("numeric", "Three digits")],
        "Country code",
        required=True,
        default="none",
    )
    strict = fields.Boolean(
        "Place and country must exist",
        help="Refuse numbers whose place or country is in no code table. Places of the past remain valid.",
    )
    max_age = fields.Integer(
        "Highest age",
        help="Refuse numbers whose birth date makes the holder older than this. 0: no limit.",
    )
    match_length = fields.Integer(
        "Compared characters",
        help="Only the first characters are compared between two numbers, where the rest counts renewals. 0: all.",
    )
    country_required = fields.Boolean("Issuing country needed", help="Numbers are unique only within one country.")
    is_personal = fields.Boolean("Proves who a person is", default=True)
    is_foreign_resident = fields.Boolean(
        "Foreign permanent resident",
        help="A holder is registered with a virtual card when no other card is at hand.",
    )
    reader_card_type = fields.Char("Card type of the reader", size=2)

    _code_uniq = models.Constraint("UNIQUE(code)", "There is already a document type with this code.")

    @api.constrains("pattern")
    def _check_pattern(self):
        for document_type in self:
            try:
                re.compile(document_type.pattern or "")
            except re.error as error:
                raise ValidationError(self.env._("The pattern is no regular expression: %s", error)) from None

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def _rules(self):
        self.ensure_one()
        return identity.Rules(
            **{
                name: self[name] or identity.Rules.__dataclass_fields__[name].default
                for name in identity.Rules.__dataclass_fields__
            }
        )

    def _parse(self, number):
        """What the number says; a sentence for the clerk when it cannot belong to this document."""
        try:
            return identity.parse(
                self._rules(),
                number,
                today=self.env.company._hospital_today(),
                countries=self._country_exists,
            )
        except identity.IdentityError as error:
            raise ValidationError(self._identity_message(error.reason)) from None

    def _country_exists(self, code):
        return bool(self._country(code))

    def _country(self, code):
        """The nationality a document's own country code stands for."""
        Code = self.env["hospital.code"]
        if not code:
            return Code
        field = "alt_code" if self.country_format == "numeric" else "code"
        return Code.search([("set_id.code", "=", "nationality"), (field, "=", code)], limit=1)

    @api.model
    def _detect(self, number):
        """The types a number typed without its type may be of; the first that fits whole comes first."""
        number = identity.normalise(number)
        found = self.browse()
        for document_type in self.search([("detect", "=", True), ("pattern", "!=", False)]):
            try:
                identity.parse(document_type._rules(), number, today=self.env.company._hospital_today())
            except identity.IdentityError:
                continue
            found |= document_type
        return found

    @api.model
    def _for_reader(self, card_type, number):
        """The document a reader means by its card type; residence permits share one and differ by number."""
        types = self.search([("reader_card_type", "=", card_type)])
        return (
            types.filtered(lambda document_type: re.fullmatch(document_type.pattern or ".*", number, re.ASCII))[:1]
            or types[:1]
        )

    @api.model
    def _for_travel_number(self, number):
        codes = ("hk_mo_travel", "tw_travel")
        types = self.search([("code", "in", codes)])
        return types.filtered(lambda document_type: re.fullmatch(document_type.pattern, number, re.ASCII))[:1]

    def _replaced_by(self, other):
        """Whether a document of this type is out of use once the holder shows one of the other type."""
        return (
            self == other
            or (self.is_foreign_resident and other.is_foreign_resident)
            or ((self.code, other.code) == ("resident_id_15", "resident_id"))
        )

    def _match_key(self, number, country=None):
        self.ensure_one()
        number = identity.normalise(number)
        key = number[: self.match_length] if self.match_length else number
        return f"{key}@{country.code}" if self.country_required and country else key

    def _identity_message(self, reason):
        _ = self.env._
        messages = {
            "empty": _("Enter the number of the document."),
            "pattern": _(
                "This is not a number of the document %s: check its type and the number of characters.", self.name
            ),
            "check": _(
                "The check character of the number is wrong: one of its characters was misread. Type or scan it again."
            ),
            "birth": _("The number holds a birth date that does not exist. Type or scan it again."),
            "future": _("The number holds a birth date in the future. Type or scan it again."),
            "age": _("By this number the holder would be older than %s years. Type or scan it again.", self.max_age),
            "region": _("The number begins with a place that does not exist. Type or scan it again."),
            "country": _("The number names a country that does not exist. Type or scan it again."),
        }
        return messages[reason]
