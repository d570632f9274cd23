import secrets
import sys
from unittest.mock import patch

from asn1crypto import keys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from odoo.tests import BaseCase, tagged

from ..tools.crypto import CryptoError, hashes, rsa, sm2, sm2_forms, sm2_gmalg, sm2_libcrypto, sm3, sm4, text

PRIVATE = sm2.KNOWN_PRIVATE.hex()
PUBLIC = sm2.KNOWN_PUBLIC.hex()
BLOCK = bytes.fromhex("0123456789abcdeffedcba9876543210")


def one_bit_changed(data, position=-1):
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


@tagged("post_install", "-at_install")
class TestDigests(BaseCase):
    def test_sm3_gives_the_known_answers_of_the_standard(self):
        for data, answer in (
            (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        ):
            self.assertEqual(sm3.sm3(data).hex(), answer)
        answer = "af684d81732e81f6a9c5dd0aa68f27667b36debcebe29e094a654c3d496a898a"
        self.assertEqual(sm3.hmac_sm3(b"k", b"abc").hex(), answer)
        self.assertEqual(hashes.hmac("sm3", b"k", b"abc").hex(), answer)

    def test_digests_by_name(self):
        for name, answer in (
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("sm3", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ):
            self.assertEqual(hashes.digest(name, b"abc").hex(), answer)
        answer = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"  # RFC 4231, case 2
        self.assertEqual(hashes.hmac("sha256", b"Jefe", b"what do ya want for nothing?").hex(), answer)
        with self.assertRaises(CryptoError):
            hashes.digest("sha3", b"")

    def test_text(self):
        data = bytes(range(256))
        for written in (text.to_hex(data), text.to_hex(data, upper=True), text.to_base64(data), data.hex(" ")):
            self.assertEqual(text.from_text(written), data)
        with self.assertRaises(CryptoError):
            text.from_text("neither")


@tagged("post_install", "-at_install")
class TestSm4(BaseCase):
    def test_known_answers_of_the_standard(self):
        self.assertEqual(sm4.encrypt_ecb(BLOCK, BLOCK, pad=False).hex(), "681edf34d206965e86b3e94f536e4246")
        encryptor = sm4._cipher(BLOCK, sm4.modes.ECB()).encryptor()
        block = BLOCK
        for _time in range(1_000_000):
            block = encryptor.update(block)
        self.assertEqual(block.hex(), "595298c7c6fd271f0402f804c33d3f66")

    def test_every_mode_gives_back_what_it_was_given(self):
        key, start = secrets.token_bytes(16), secrets.token_bytes(16)
        for data in (b"", b"a", b"x" * 16, "处方".encode() * 100):
            self.assertEqual(sm4.decrypt_ecb(key, sm4.encrypt_ecb(key, data)), data)
            self.assertEqual(sm4.decrypt_cbc(key, start, sm4.encrypt_cbc(key, start, data)), data)
            self.assertEqual(sm4.crypt_ctr(key, start, sm4.crypt_ctr(key, start, data)), data)
            self.assertEqual(sm4.decrypt_gcm(key, sm4.encrypt_gcm(key, data, context=b"c"), context=b"c"), data)

    def test_gcm_gives_the_known_answer(self):
        """RFC 8998, A.1"""
        nonce = bytes.fromhex("00001234567800000000ABCD")
        context = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
        plain = b"".join(bytes([value]) * 8 for value in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
        answer = (
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
            "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
            "83DE3541E4C2B58177E065A9BF7B62EC"
        )
        sealed = sm4.encrypt_gcm(BLOCK, plain, nonce, context)
        self.assertEqual(sealed.hex().upper(), nonce.hex().upper() + answer)

    def test_what_was_altered_raises(self):
        key, iv = secrets.token_bytes(16), secrets.token_bytes(16)
        sealed = sm4.encrypt_gcm(key, b"secret", context=b"c")
        for position in (0, 13, -1):
            with self.assertRaises(CryptoError):
                sm4.decrypt_gcm(key, one_bit_changed(sealed, position), context=b"c")
        for context, data in ((b"d", sealed), (b"c", sealed[:20])):
            with self.assertRaises(CryptoError):
                sm4.decrypt_gcm(key, data, context=context)
        for broken in (b"x" * 15, b"", one_bit_changed(sm4.encrypt_cbc(key, iv, b"x" * 15), 0)):
            with self.assertRaises(CryptoError):
                sm4.decrypt_cbc(key, one_bit_changed(iv) if broken else iv, broken)

    def test_wrong_keys_and_starts_are_named(self):
        for work in (lambda: sm4.encrypt_ecb(b"short", b""), lambda: sm4.encrypt_cbc(BLOCK, b"short", b"")):
            with self.assertRaises(CryptoError):
                work()


@tagged("post_install", "-at_install")
class TestSm2(BaseCase):
    def test_known_answer_of_the_standard_by_every_backend(self):
        names = [backend.NAME for backend in sm2.available()]
        self.assertIn("gmalg", names)
        for backend in sm2.available():
            known = (sm2.KNOWN_PUBLIC, sm2.KNOWN_MESSAGE, sm2.KNOWN_SIGNATURE, sm2.USER_ID)
            self.assertTrue(backend.verify(*known), backend.NAME)
            self.assertEqual(backend.public_of(sm2.KNOWN_PRIVATE), sm2.KNOWN_PUBLIC)

    def test_backends_verify_each_other_and_reject_one_changed_bit(self):
        private, public = (bytes.fromhex(key) for key in sm2.generate())
        data = "费用明细".encode() * 60
        for signer in sm2.available():
            signature = signer.sign(private, data, sm2.USER_ID)
            for checker in sm2.available():
                check = checker.verify
                self.assertTrue(check(public, data, signature, sm2.USER_ID), (signer.NAME, checker.NAME))
                self.assertFalse(check(public, one_bit_changed(data), signature, sm2.USER_ID))
                for position in (0, 32, 63):
                    self.assertFalse(check(public, data, one_bit_changed(signature, position), sm2.USER_ID))
                self.assertFalse(check(sm2.KNOWN_PUBLIC, data, signature, sm2.USER_ID))
                self.assertFalse(check(public, data, bytes(64), sm2.USER_ID))

    def test_a_user_id_of_its_own(self):
        private, public = (bytes.fromhex(key) for key in sm2.generate())
        able = [backend for backend in sm2.available() if backend.ANY_USER_ID]
        for signer in able:
            signature = signer.sign(private, b"data", b"ALICE123@YAHOO.COM")
            for checker in able:
                self.assertTrue(checker.verify(public, b"data", signature, b"ALICE123@YAHOO.COM"))
                self.assertFalse(checker.verify(public, b"data", signature, sm2.USER_ID))
        for user_id in ("", "x" * 8192):
            with self.assertRaises(CryptoError):
                sm2.sign(private, b"data", user_id)

    def test_backends_read_what_the_others_encrypted(self):
        private, public = (bytes.fromhex(key) for key in sm2.generate())
        able = [backend for backend in sm2.available() if backend.ENCRYPTS]
        for data in (b"a", secrets.token_bytes(64), "病历".encode() * 500):
            for writer in able:
                sealed = writer.encrypt(public, data)
                self.assertEqual(len(sealed), 97 + len(data))
                for reader in able:
                    self.assertEqual(reader.decrypt(private, sealed), data)

    def test_an_altered_ciphertext_raises(self):
        private, public = sm2.generate()
        other = sm2.generate()[0]
        sealed = sm2.encrypt(public, b"secret of a patient")
        for backend in filter(lambda backend: backend.ENCRYPTS, sm2.available()):
            with patch.object(sm2, "_chosen", [backend]):
                for position in (1, 40, 70, 100, -1):
                    with self.assertRaises(CryptoError):
                        sm2.decrypt(private, one_bit_changed(sealed, position))
                for key, data in ((other, sealed), (private, sealed[:97]), (private, b""), (private, b"x" * 200)):
                    with self.assertRaises(CryptoError):
                        sm2.decrypt(key, data)
        with self.assertRaises(CryptoError):
            sm2.encrypt(public, b"")

    def test_every_form_of_a_ciphertext(self):
        private, public = sm2.generate()
        forms = [(order, prefix) for order in ("C1C3C2", "C1C2C3") for prefix in (True, False)] + [("asn1", True)]
        for order, prefix in forms:
            sealed = sm2.encrypt(public, b"data", order, prefix)
            self.assertEqual(sm2.decrypt(private, sealed, order, prefix), b"data")
            with self.assertRaises(CryptoError):
                sm2.decrypt(private, sealed, "asn1" if order != "asn1" else "C1C3C2")

    def test_every_form_of_a_signature(self):
        der, raw = sm2.sign(PRIVATE, b"data"), sm2.sign(PRIVATE, b"data", form="raw")
        self.assertEqual((der[0], len(raw)), (0x30, 64))
        self.assertTrue(sm2.verify(PUBLIC, b"data", der))
        self.assertTrue(sm2.verify(PUBLIC, b"data", raw, form="raw"))
        self.assertEqual(sm2_forms.raw_of_signature(sm2_forms.der_of_signature(raw)), raw)
        for broken in (b"", b"\x30\x00", raw, der[:-1]):
            self.assertFalse(sm2.verify(PUBLIC, b"data", broken))

    def test_every_form_of_a_key(self):
        point = sm2.KNOWN_PUBLIC
        compressed = bytes([2 + point[-1] % 2]) + point[:32]
        spki = sm2_libcrypto.PUBLIC_HEAD + point
        pkcs8 = sm2_libcrypto.PRIVATE_HEAD + sm2.KNOWN_PRIVATE
        curve = keys.ECDomainParameters({"named": sm2_forms.CURVE})
        sec1 = keys.ECPrivateKey(
            {"version": 1, "private_key": int.from_bytes(sm2.KNOWN_PRIVATE), "parameters": curve}
        ).dump()
        for written in (
            PUBLIC, PUBLIC.upper(), "04" + PUBLIC, compressed.hex(), text.to_base64(point), point, spki,
            text.to_base64(spki), pem("PUBLIC KEY", spki),
        ):  # fmt: skip
            self.assertEqual(sm2.public_key(written), point)
        for written in (
            PRIVATE, "00" + PRIVATE, text.to_base64(sm2.KNOWN_PRIVATE), sm2.KNOWN_PRIVATE, pkcs8,
            text.to_base64(pkcs8), pem("PRIVATE KEY", pkcs8), pem("EC PRIVATE KEY", sec1),
        ):  # fmt: skip
            self.assertEqual(sm2.private_key(written), sm2.KNOWN_PRIVATE)

    def test_what_is_no_key_is_refused(self):
        foreign = ec.generate_private_key(ec.SECP256R1())
        their_private = foreign.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        their_public = foreign.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        off_the_curve = PUBLIC[:-2] + "14"
        order = f"{sm2_forms.N:064x}"
        for broken in ("", "no key", "0" * 64, order, "ff" * 32, their_private, "-----BEGIN"):
            with self.assertRaises(CryptoError, msg=broken):
                sm2.private_key(broken)
        for broken in ("", "no key", off_the_curve, "05" + PUBLIC, "00" * 64, their_public, PUBLIC[:100]):
            with self.assertRaises(CryptoError, msg=broken):
                sm2.public_key(broken)

    def test_a_backend_that_gives_wrong_answers_is_left_out(self):
        def breaks(*_arguments):
            raise OSError("no such library")

        for wrong in (lambda *_arguments: True, lambda *_arguments: False, breaks):
            with patch.object(sm2_libcrypto, "verify", wrong), patch.object(sm2, "_chosen", []):
                self.assertFalse(sm2.passes(sm2_libcrypto))
                self.assertTrue(sm2.verify(PUBLIC, b"data", sm2.sign(PRIVATE, b"data")))
        with patch.object(sm2, "BACKENDS", ()), patch.object(sm2, "_chosen", []), self.assertRaises(CryptoError) as no:
            sm2.sign(PRIVATE, b"data")
        self.assertEqual(no.exception.reason, "backend")

    def test_without_an_openssl_it_goes_on_in_pure_python(self):
        with patch.object(sm2_libcrypto, "NAMES", {sys.platform: ("no-such-library",)}):
            with patch.object(sm2_libcrypto.ctypes.util, "find_library", return_value=None):
                sm2_libcrypto._library.cache_clear()
                self.addCleanup(sm2_libcrypto._library.cache_clear)
                with patch.object(sm2, "_chosen", []):
                    self.assertNotIn(sm2_libcrypto, sm2.available())
                    self.assertIn(sm2_gmalg, sm2.available())


@tagged("post_install", "-at_install")
class TestRsa(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key = rsa_keys.generate_private_key(public_exponent=65537, key_size=2048)
        cls.der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        cls.public_der = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        cls.private, cls.public = pem("PRIVATE KEY", cls.der), pem("PUBLIC KEY", cls.public_der)

    def test_signatures(self):
        for pad in ("pkcs1", "pss"):
            for digest in ("sha1", "sha256", "sha512"):
                signature = rsa.sign(self.private, b"data", digest, pad)
                self.assertTrue(rsa.verify(self.public, b"data", signature, digest, pad))
                self.assertFalse(rsa.verify(self.public, b"date", signature, digest, pad))
                self.assertFalse(rsa.verify(self.public, b"data", one_bit_changed(signature), digest, pad))
                self.assertFalse(rsa.verify(self.public, b"data", b"", digest, pad))

    def test_encryption_of_any_length(self):
        for pad in ("pkcs1", "oaep"):
            for data in (b"", b"a", secrets.token_bytes(1000)):
                self.assertEqual(rsa.decrypt(self.private, rsa.encrypt(self.public, data, pad), pad), data)
        sealed = rsa.encrypt(self.public, b"data")
        for broken in (one_bit_changed(sealed), sealed[:-1], b""):
            with self.assertRaises(CryptoError):
                rsa.decrypt(self.private, broken)

    def test_keys_without_their_lines_of_dashes(self):
        signature = rsa.sign(text.to_base64(self.der), b"data")
        self.assertTrue(rsa.verify(text.to_base64(self.public_der), b"data", signature))
        for work in (
            lambda: rsa.sign("no key", b""),
            lambda: rsa.sign(self.public, b""),
            lambda: rsa.verify(self.private, b"", b""),
            lambda: rsa.verify("", b"", b""),
        ):
            with self.assertRaises(CryptoError):
                work()


def pem(label, der):
    return f"-----BEGIN {label}-----\n{text.to_base64(der)}\n-----END {label}-----\n"
