import datetime

from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools import ages, identity, masking
from .common import proves

TODAY = datetime.date(2026, 6, 1)

# identity number, type, sex, birth date
VALID = [
    ("119999199001010012", "resident_id", "1", "1990-01-01"),
    ("119999199001010020", "resident_id", "2", "1990-01-01"),
    ("11999918000101059X", "resident_id", "1", "1800-01-01"),
    ("911999199001010014", "prc_2023", "1", "1990-01-01"),
    ("931999199001010026", "prc_2023", "2", "1990-01-01"),
    ("94499918000101059X", "prc_2023", "1", "1800-01-01"),
    ("810000180001010019", "hk_permit", "1", "1800-01-01"),
    ("820000180001010029", "mo_permit", "2", "1800-01-01"),
    ("830000180001010039", "tw_permit", "1", "1800-01-01"),
    ("ZZZ119900010100", "prc_2017", None, None),
    ("H00000000", "hk_mo_travel", None, None),
    ("H0000000001", "hk_mo_travel", None, None),
]
INVALID = [
    ("119999199001010013", "resident_id", "check"),
    ("911999199001010015", "prc_2023", "check"),
    ("911999180013010011", "prc_2023", "birth"),
    ("91199919900101001", "prc_2023", "pattern"),
    ("ZZ1199000101000", "prc_2017", "pattern"),
    ("A00000000", "hk_mo_travel", "pattern"),
    ("840000180001010014", "resident_id", "pattern"),
    ("840000180001010014", "hk_permit", "pattern"),
    ("840000180001010014", "mo_permit", "pattern"),
    ("840000180001010014", "tw_permit", "pattern"),
    ("", "resident_id", "empty"),
    ("ZZZ119901320100", "prc_2017", "birth"),
]


@tagged("post_install", "-at_install")
class TestPeopleIdentity(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = {document.code: document for document in cls.env["hospital.identifier.type"].search([])}

    def parse(self, code, number, **changes):
        rules = self.types[code]._rules()
        rules = identity.Rules(**{**rules.__dict__, **changes})
        return identity.parse(rules, number, today=TODAY, countries=self.types[code]._country_exists)

    @proves("S3-8.1")
    def test_valid_numbers(self):
        for number, code, sex, birth_date in VALID:
            with self.subTest(number=number):
                parsed = self.parse(code, number)
                self.assertEqual(parsed.sex, sex)
                self.assertEqual(parsed.birth_date and str(parsed.birth_date), birth_date)
                self.assertEqual(self.types[code]._detect(number)[:1].code, code)

    @proves("S3-8.1")
    def test_invalid_numbers(self):
        for number, code, reason in INVALID:
            with self.subTest(number=number, code=code), self.assertRaises(identity.IdentityError) as refusal:
                self.parse(code, number)
            self.assertEqual(refusal.exception.reason, reason)
            with self.subTest(number=number, code=code), self.assertRaises(ValidationError) as sentence:
                self.types[code]._parse(number)
            self.assertTrue(not number or number not in str(sentence.exception))
        self.assertFalse(self.types["resident_id"]._detect("840000180001010014"))

    def test_taiwan_permit_needs_its_type(self):
        self.assertEqual(self.parse("tw_travel", "00000000").number, "00000000")
        self.assertFalse(self.types["tw_travel"]._detect("00000000"))

    @proves("S3-8.1")
    def test_typed_in_any_way(self):
        for typed in (
            "94499918000101059x",
            " 944999 18000101 059X ",
            "９４４９９９１８０００１０１０５９ｘ",
            "\u200b94499918000101059X\ufeff",
        ):
            self.assertEqual(self.parse("prc_2023", typed).number, "94499918000101059X")

    @proves("S3-8.1")
    def test_strict_asks_the_code_tables(self):
        for number, code, reason in (
            ("119999199001010012", "resident_id", "region"),
            ("911999199001010014", "prc_2023", "country"),
            ("ZZZ119900010100", "prc_2017", "country"),
        ):
            self.parse(code, number)
            with self.assertRaises(identity.IdentityError) as refusal:
                self.parse(code, number, strict=True)
            self.assertEqual(refusal.exception.reason, reason)

    def test_strict_accepts_places_of_the_past(self):
        for region in ("510213", "512201", "110103", "440103"):  # Jiulongpo and Wanxian of the old Sichuan, Chongwen
            digits = region + "18000101" + "001"
            self.parse("resident_id", digits + identity.check_character(digits), strict=True)
        self.assertTrue(identity.region_exists("110199"))  # a county nobody lists, in a prefecture that exists
        self.assertFalse(identity.region_exists("119999"))
        self.assertFalse(identity.region_exists("990101"))
        self.assertTrue(identity.region_exists("44"))
        self.assertFalse(identity.region_exists("99"))

    def test_strict_is_a_setting_of_the_type(self):
        self.types["resident_id"].strict = True
        with self.assertRaisesRegex(ValidationError, "place"):
            self.types["resident_id"]._parse("119999199001010012")
        self.types["resident_id"].strict = False
        self.types["resident_id"]._parse("119999199001010012")

    def test_age_limit_is_a_parameter(self):
        with self.assertRaises(identity.IdentityError) as refusal:
            self.parse("resident_id", "11999918000101059X", max_age=150)
        self.assertEqual(refusal.exception.reason, "age")
        self.parse("resident_id", "119999199001010012", max_age=150)

    def test_future_birth_date(self):
        digits = "119999" + "20270101" + "001"
        with self.assertRaises(identity.IdentityError) as refusal:
            self.parse("resident_id", digits + identity.check_character(digits))
        self.assertEqual(refusal.exception.reason, "future")

    def test_old_resident_number(self):
        parsed = self.parse("resident_id_15", "119999900101001")
        self.assertEqual((parsed.sex, str(parsed.birth_date)), ("1", "1990-01-01"))
        self.assertEqual(identity.match_keys("119999900101001"), ["119999900101001", "119999199001010012"])
        self.assertEqual(identity.match_keys("119999199001010012"), ["119999199001010012", "119999900101001"])
        with self.assertRaises(identity.IdentityError):
            self.parse("resident_id_15", "119999901301001")

    def test_home_return_permits_compare_nine_characters(self):
        keys = {
            self.types["hk_mo_travel"]._match_key(number) for number in ("H00000000", "H0000000001", "h00000000 02")
        }
        self.assertEqual(keys, {"H00000000"})

    def test_passports_are_unique_within_a_country(self):
        usa = self.env["hospital.code"]._get("nationality", "USA")
        self.assertEqual(self.types["passport"]._match_key("ab 12345", usa), "AB12345@USA")

    @proves("S3-8.1")
    def test_country_of_foreign_cards(self):
        digits = "911840" + "18000101" + "001"
        parsed = self.parse("prc_2023", digits + identity.check_character(digits), strict=True)
        self.assertEqual(self.types["prc_2023"]._country(parsed.country).code, "USA")
        parsed = self.parse("prc_2017", "USA110000010100", strict=True)
        self.assertEqual(self.types["prc_2017"]._country(parsed.country).code, "USA")


class TestPeopleMasking(BaseCase):
    def test_masks(self):
        self.assertEqual(masking.mask_phone("13800001234"), "138****1234")
        self.assertEqual(masking.mask_number("119999199001010012"), "1199**********0012")
        self.assertEqual(masking.mask_number("H00000000"), "*******00")
        self.assertFalse(masking.mask_number(False))
        for length in range(1, 30):
            masked = masking.mask_number("7" * length)
            self.assertEqual(len(masked), length)
            self.assertGreaterEqual(masked.count("*") * 2, min(length, 8))

    def test_phones(self):
        for typed, phone in (
            ("１３８ 0000 1234", "13800001234"),
            ("+86 138-0000-1234", "13800001234"),
            ("020-81234567", "02081234567"),
            ("(0755) 2600 0000 转 123", "075526000000x123"),
            ("81234567", "81234567"),
            ("+1 415 555 0100", "+14155550100"),
        ):
            self.assertEqual(masking.normalise_phone(typed), phone)
            self.assertTrue(masking.is_phone(phone), phone)
        for typed in ("1380000123", "abc", "138000012345", "12"):
            self.assertFalse(masking.is_phone(masking.normalise_phone(typed)), typed)

    def test_ages(self):
        for birth, expected in (
            ("2023-05-31", (3, "year")),
            ("2023-06-02", (2, "year")),
            ("2025-06-02", (11, "month")),
            ("2026-01-01", (5, "month")),
            ("2026-05-20", (12, "day")),
            ("2026-06-01", (0, "day")),
            ("2024-02-29", (2, "year")),
        ):
            self.assertEqual(ages.age_parts(datetime.date.fromisoformat(birth), TODAY), expected)
