import json
import logging
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL, config

from odoo.addons.hospital_base.tests.common import proves

from ..tools import vault
from ..tools.errors import ExchangeError
from ..tools.redact import hide, redact
from .exchange_common import ExchangeCase, error

SECRET = "correct-horse-battery-张"
KEY = "k" * 40


@tagged("post_install", "-at_install")
class TestVault(BaseCase):
    def test_round_trip_and_damage(self):
        for cipher in ("aes", "sm4"):
            with self.subTest(cipher=cipher), patch.dict(config.options, {"hospital_secret_key": KEY}):
                token = vault.encrypt(SECRET, cipher=cipher)
                self.assertNotEqual(token, vault.encrypt(SECRET, cipher=cipher), "a fresh nonce each time")
                self.assertNotIn(SECRET, token)
                self.assertEqual(vault.decrypt(token), SECRET)
                for place in (-3, -12, 20):
                    changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
                    with self.assertRaises(vault.VaultError) as caught:
                        vault.decrypt(changed)
                    self.assertEqual(caught.exception.reason, "damaged")
                other = token.replace(f"{cipher}:", f"{'sm4' if cipher == 'aes' else 'aes'}:", 1)
                with self.assertRaises(vault.VaultError):
                    vault.decrypt(other)

    def test_keys(self):
        with patch.dict(config.options, {"hospital_secret_key": KEY}):
            token = vault.encrypt(SECRET)
        for settings, reason in (
            ({"hospital_secret_key": None}, "no_key"),
            ({"hospital_secret_key": "short"}, "short_key"),
            ({"hospital_secret_key": "x" * 40}, "other_key"),
        ):
            with patch.dict(config.options, settings), self.assertRaises(vault.VaultError) as caught:
                vault.decrypt(token)
            self.assertEqual(caught.exception.reason, reason)
        with patch.dict(config.options, {"hospital_secret_key": "x" * 40, "hospital_secret_key_before": KEY}):
            self.assertEqual(vault.decrypt(token), SECRET)
        with (
            patch.dict(config.options, {"hospital_secret_key": KEY, "hospital_secret_cipher": "rot13"}),
            self.assertRaises(vault.VaultError),
        ):
            vault.encrypt(SECRET)


@tagged("post_install", "-at_install")
class TestEngineSecrets(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {"hospital_secret_key": KEY}))
        cls.secret = cls.env["hospital.secret"].create(
            {"platform_id": cls.platform.id, "name": "app_key", "value": SECRET}
        )

    @proves("S2-8.1")
    def test_a_secret_is_written_and_never_shown(self):
        stored = self.env.execute_query(SQL("SELECT * FROM hospital_secret WHERE id = %s", self.secret.id))
        self.assertNotIn(SECRET, repr(stored))
        self.assertEqual(self.platform._secret("app_key"), SECRET)
        for user in (
            self.users["admin"],
            self.env.ref("base.user_admin"),
            self.users["operator"],
            self.users["auditor"],
        ):
            secret = self.secret.with_user(user)
            if secret.has_access("read"):
                names = [name for name in secret._fields if name != "value_encrypted"]
                self.assertNotIn(SECRET, repr(secret.read(names)))
                self.assertNotIn(SECRET, repr(secret.web_read({name: {} for name in names})))
                self.assertFalse(secret.value)
                self.assertTrue(secret.is_set)
            for road in (
                lambda secret=secret: secret.read(["value_encrypted"]),
                lambda secret=secret: secret.search([("value_encrypted", "like", "aes")]),
                lambda secret=secret: secret._read_group([], ["value_encrypted"]),
                lambda secret=secret: secret.export_data(["value_encrypted"]),
                lambda secret=secret: secret.write({"value_encrypted": "aes:x:y"}),
            ):
                with self.assertRaises(AccessError):
                    road()

    def test_an_empty_field_keeps_it_and_a_new_value_replaces_it(self):
        secret = self.secret.with_user(self.users["admin"])
        secret.write({"name": "app_key", "value": False})
        self.assertEqual(self.platform._secret("app_key"), SECRET)
        secret.value = "another secret"
        self.assertEqual(self.platform._secret("app_key"), "another secret")

    def test_it_cannot_be_carried_to_another_platform(self):
        other = self.make_platform("thief")
        with self.assertRaises(UserError):
            self.secret.with_user(self.users["admin"]).platform_id = other
        self.assertFalse(self.secret.copy({"mode": "test"}).is_set)

    def test_the_one_for_the_mode_goes_first(self):
        self.env["hospital.secret"].create(
            {"platform_id": self.platform.id, "name": "app_key", "mode": "test", "value": "for tests"}
        )
        self.assertEqual(self.platform._secret("app_key"), "for tests")
        self.platform.mode = "production"
        self.assertEqual(self.platform._secret("app_key"), SECRET)
        self.assertIsNone(self.platform._secret("nothing", required=False))
        with self.assertRaises(ExchangeError) as caught:
            self.platform._secret("nothing")
        self.assertEqual(caught.exception.kind, "config")

    def test_without_the_key_of_the_server(self):
        with patch.dict(config.options, {"hospital_secret_key": None}):
            with self.assertRaisesRegex(UserError, "hospital_secret_key"):
                self.secret.value = "x"
            with self.assertRaises(ExchangeError) as caught:
                self.platform._secret("app_key")
        self.assertEqual(caught.exception.kind, "config")
        self.assertNotIn("hospital_secret_key", caught.exception.sentence)

    def test_a_secret_in_a_body_is_not_kept(self):
        self.far.answer("do", {"ref": "1", "echo": f"<<{SECRET}>>"})
        message = self.queue(payload={"password": SECRET})
        self.deliver()
        [row] = self.env.execute_query(
            SQL("SELECT request_body, reply_body FROM hospital_message WHERE id = %s", message.id)
        )
        self.assertNotIn(SECRET, row[0] + row[1])

    def test_nothing_about_it_in_a_log(self):
        with self.assertLogs("odoo", "INFO") as logs:
            logging.getLogger("odoo").warning("assertLogs wants a line")
            self.secret.with_user(self.users["admin"]).value = "sesame-sesame"
            self.platform._secret("app_key")
            self.far.answer("do", error("bug", detail="x"))
            self.queue()
            self.deliver()
        self.assertNotIn("sesame", "\n".join(line for line in logs.output if "sql_db" not in line))

    @proves("S2-8.1")
    def test_neutralize(self):
        self.make_platform("keeps_sandbox", mode="sandbox")
        script = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.flush_all()
        self.env.cr.execute(script.read_text())
        self.env.invalidate_all()
        self.assertEqual(self.platform.mode, "disabled")
        self.assertFalse(self.secret.is_set)
        modes = self.env["hospital.platform"].with_context(active_test=False).search([]).mapped("mode")
        self.assertLessEqual(set(modes), {"disabled", "sandbox"})


@tagged("post_install", "-at_install")
class TestRedact(BaseCase):
    KEYS = ["name", "certNo", "password"]

    def test_bodies(self):
        inside = json.dumps({"name": "张三", "x": [{"certno": "3501"}]}, ensure_ascii=False)
        for body in (
            inside,
            json.dumps({"data": inside, "ok": 1}, ensure_ascii=False),
            "<a><ns:name>张三</ns:name><certNo><![CDATA[3501]]></certNo></a>",
            '<p name="张三" certno="3501"/>',
            "name=张三&certNo=3501&x=1",
            '{"name": "张三", "certno": 3501, broken',
            '{"name":"张\\"三","certNo":"3501"',
        ):
            with self.subTest(body=body):
                shown = redact(body, self.KEYS)
                self.assertNotIn("张", shown)
                self.assertNotIn("3501", shown)
        self.assertIn("keep", redact('{"ward": "keep", "name": "x"}', self.KEYS))
        self.assertEqual(redact("plain", []), "plain")
        self.assertEqual(redact(None, self.KEYS), "")

    def test_secrets_anywhere(self):
        self.assertEqual(hide("a=topsecret;b", ["topsecret", "", None, "b"]), "a=***;b")
