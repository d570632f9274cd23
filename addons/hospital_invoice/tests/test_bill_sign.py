from odoo.tests import TransactionCase, tagged

from ..tools import bosssoft_sign

APPID, KEY, VERSION = "DEMOHOSP01", "0123456789abcdef0123456789", "1.0"
TEXT = '{"busNo":"MZ202601150001","busDateTime":"20260115093000123","note":"测试"}'
DATA = "eyJidXNObyI6Ik1aMjAyNjAxMTUwMDAxIiwiYnVzRGF0ZVRpbWUiOiIyMDI2MDExNTA5MzAwMDEyMyIsIm5vdGUiOiLmtYvor5UifQ=="
MESSAGE = "eyJiaWxsQmF0Y2hDb2RlIjoiNTEwNjAxMjYiLCJiaWxsTm8iOiIwMDAwMDAwMDAxIiwicmFuZG9tIjoiYTFiMmMzIn0="
ANSWER = {
    "data": (
        "eyJyZXN1bHQiOiJTMDAwMCIsIm1lc3NhZ2UiOiJleUppYVd4c1FtRjBZMmhEYjJSbElqb2lOVEV3TmpBeE1qWWlMQ0ppYVd4c1RtOGlPaUl3"
        "TURBd01EQXdNREF4SWl3aWNtRnVaRzl0SWpvaVlURmlNbU16SW4wPSJ9"
    ),
    "noise": "9a8b7c6d5e4f40312233445566778899",
    "sign": "1E4F947F65CA3DB1B5635A5D39F14A34",
}


@tagged("post_install", "-at_install")
class TestBillSign(TransactionCase):
    """The worked examples of the specification, and what is no envelope of ours."""

    def test_request_of_the_specification(self):
        self.assertEqual(bosssoft_sign.encode(TEXT), DATA)
        noise = "5f0c8c4e1b2a4d6f9e3a7b8c9d0e1f2a"
        signed = bosssoft_sign.sign(APPID, DATA, noise, KEY, VERSION)
        self.assertEqual(signed, "6FEDAD563F274C5D1B67F330ECD5AE5B")
        envelope = {"appid": APPID, "data": DATA, "noise": noise, "version": VERSION, "sign": signed}
        self.assertEqual(bosssoft_sign.open_request(envelope, APPID, KEY)["note"], "测试")

    def test_answer_of_the_specification(self):
        values = {"billBatchCode": "51060126", "billNo": "0000000001", "random": "a1b2c3"}
        self.assertEqual(bosssoft_sign.encode(bosssoft_sign.write(values)), MESSAGE)
        result, _words, found = bosssoft_sign.open_answer(ANSWER, APPID, KEY, VERSION)
        self.assertEqual((result, found), ("S0000", values))
        self.assertEqual(bosssoft_sign.decode("5Lia5Yqh5rWB5rC05Y+35LiN5a2Y5Zyo"), "业务流水号不存在")

    def test_what_is_wrapped_is_opened(self):
        envelope = bosssoft_sign.wrap({"busNo": "1"}, APPID, KEY, VERSION)
        self.assertEqual(bosssoft_sign.open_request(envelope, APPID, KEY), {"busNo": "1"})
        again = bosssoft_sign.wrap({"busNo": "1"}, APPID, KEY, VERSION)
        self.assertNotEqual(envelope["noise"], again["noise"])
        self.assertNotIn(KEY, str(envelope))

    def test_a_success_may_say_words_instead_of_values(self):
        answer = bosssoft_sign.wrap_answer("S0000", "成功", APPID, KEY, VERSION)
        self.assertEqual(bosssoft_sign.open_answer(answer, APPID, KEY, VERSION), ("S0000", "成功", {}))

    def test_what_is_not_signed_with_our_key_is_no_answer(self):
        cases = {
            "another key": (ANSWER, APPID, "x", VERSION),
            "another caller": (ANSWER, "OTHER", KEY, VERSION),
            "changed data": ({**ANSWER, "data": DATA}, APPID, KEY, VERSION),
            "no signature": ({"data": ANSWER["data"], "noise": ANSWER["noise"]}, APPID, KEY, VERSION),
            "no envelope": (["x"], APPID, KEY, VERSION),
            "a number for a text": ({**ANSWER, "sign": 1}, APPID, KEY, VERSION),
        }
        for case, arguments in cases.items():
            with self.subTest(case), self.assertRaises(bosssoft_sign.EnvelopeError):
                bosssoft_sign.open_answer(*arguments)
