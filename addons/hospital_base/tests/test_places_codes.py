from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import pinyin
from .common import proves
from .test_places_places import PlacesCase


@tagged("post_install", "-at_install")
class TestPlacesCodes(PlacesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = cls.env["hospital.code"]
        cls.code_set = cls.env["hospital.code.set"].create({"code": "places_test", "name": "Test set"})
        cls.code_a = cls.codes.create({"set_id": cls.code_set.id, "code": "A", "name": "心血管内科"})

    def test_pinyin_of_names(self):
        cases = {
            ("心血管内科", False): ("xin xue guan nei ke", "XXGNK"),
            ("内科2A", False): ("nei ke 2a", "NK2A"),
            ("CT室", False): ("ct shi", "CTS"),
            ("内科（东）", False): ("nei ke dong", "NKD"),
            ("单小明", True): ("shan xiao ming", "SXM"),
            ("曾志强", True): ("zeng zhi qiang", "ZZQ"),
            ("欧阳娜娜", True): ("ou yang na na", "OYNN"),
            ("吕布", True): ("lv bu", "LB"),
            ("John Smith", True): ("john smith", "JS"),
            ("", False): ("", ""),
            (False, True): ("", ""),
        }
        for (name, person), expected in cases.items():
            with self.subTest(name=name):
                self.assertEqual((pinyin.pinyin(name, person), pinyin.initials(name, person)), expected)

    def test_official_tables_are_complete(self):
        def codes(set_code):
            return self.codes.search([("set_id.code", "=", set_code)])

        self.assertEqual(len(codes("ethnic")), 56)
        self.assertEqual(len(codes("nationality")), 249)
        self.assertEqual(len(codes("sex")), 4)
        self.assertEqual(len(codes("chrgitm")), 14)
        self.assertEqual(len(codes("insutype")), 14)
        self.assertGreaterEqual(len(codes("icd10")), 200)
        self.assertFalse(codes("icd10").filtered(lambda code: not code.name))
        for code in codes("icd10"):
            self.assertRegex(code.code, r"^[A-Z]\d\d\.[0-9x]00$")
        for alpha, numeric in {"CHN": "156", "USA": "840", "HKG": "344", "MAC": "446", "TWN": "158"}.items():
            self.assertEqual(self.codes._get("nationality", alpha).alt_code, numeric)
        numbers = codes("nationality").mapped("alt_code")
        self.assertEqual(len(set(numbers)), 249)
        self.assertTrue(all(len(number) == 3 and number.isdigit() for number in numbers))
        cardiology = self.codes._get("dept_standard", "03.04")
        self.assertEqual((cardiology.name, cardiology.parent_id.name), ("心血管内科专业", "内科"))
        self.assertEqual(cardiology.display_name, "03.04 心血管内科专业")
        self.assertEqual(self.codes._get("ethnic", "01").name, "汉族")

    def test_lookup_follows_changes(self):
        self.assertEqual(self.codes._get("places_test", "A"), self.code_a)
        self.assertFalse(self.codes._get("places_test", "B"))
        self.code_a.code = "B"
        self.assertEqual(self.codes._get("places_test", "B"), self.code_a)
        self.code_a.active = False
        self.assertEqual(self.codes._get("places_test", "B"), self.code_a, "an archived code is still understood")
        self.code_a.unlink()
        self.assertFalse(self.codes._get("places_test", "B"))

    def test_search_by_initials_and_code(self):
        self.assertIn(self.code_a.id, [found[0] for found in self.codes.name_search("xxgnk")])
        self.code_a.initials = "XXG"
        self.assertEqual(self.code_a.initials, "XXG", "a reading the dictionary gets wrong can be put right")
        diagnosis = self.codes._get("icd10", "I10.x00")
        self.assertIn(diagnosis.id, [found[0] for found in self.codes.name_search("I10")])
        self.assertEqual(self.codes.name_search(diagnosis.display_name, operator="=")[0][0], diagnosis.id)

    def test_duplicates_and_wrong_parents(self):
        with self.assertRaises(Exception) as caught, mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.codes.create({"set_id": self.code_set.id, "code": "A", "name": "Again"})
        self.assertEqual(caught.exception.diag.constraint_name, "hospital_code_code_in_set_unique")
        self.assertIn("exists already in the code set", self.codes._sql_error_to_message(caught.exception))
        with self.refused("different code sets"):
            self.code_a.parent_id = self.codes._get("sex", "1")
        with self.refused("cannot stand above itself"):
            self.code_a.parent_id = self.code_a

    def test_update_keeps_what_the_hospital_edited(self):
        male = self.codes._get("sex", "1")
        male.name = "男性"
        self.codes._get("sex", "9").unlink()
        own = self.codes.create({"set_id": male.set_id.id, "code": "X", "name": "Own"})
        self.env["hospital.code.set"]._load_codes("hospital_base", "sex")
        self.assertEqual(male.name, "男性")
        self.assertFalse(self.codes._get("sex", "9"), "what was deleted stays away while the file is the same")
        male.set_id.shipped_digest = "an earlier edition"
        self.env["hospital.code.set"]._load_codes("hospital_base", "sex")
        self.assertEqual(male.name, "男性")
        self.assertTrue(self.codes._get("sex", "9"), "a new edition of the file brings its codes")
        self.assertTrue(own.exists())
        self.assertEqual(self.env.ref("hospital_base.code_sex_1"), male)

    @proves("S2-1.2")
    def test_a_code_in_use_is_archived_not_deleted(self):
        parent = self.codes.create({"set_id": self.code_set.id, "code": "P", "name": "Parent"})
        self.code_a.parent_id = parent
        with self.refused("Parent cannot be deleted.*Archive it instead"):
            parent.unlink()
        parent.active = False
        self.assertNotIn(parent, self.code_set.code_ids)
        self.code_a.parent_id = False
        parent.unlink()
        self.assertFalse(parent.exists())
