from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo.tests import BaseCase, tagged

from ..tools import signing
from ..tools.crypto import CryptoError, sm2
from ..tools.signing import SigningError


def key_pairs():
    """scheme → (what one side signs with, what the other side checks with)"""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    shared = "a secret both sides hold"
    return {
        "hmac_sha256": (shared, shared),
        "hmac_sm3": (shared, shared),
        "md5": (shared, shared),
        "rsa_sha256": (private.decode(), public.decode()),
        "sm2": sm2.generate(),
    }


@tagged("post_install", "-at_install")
class TestSigning(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pairs = key_pairs()

    def signed(self, scheme, **values):
        request = {"method": "POST", "path": "/a/b?c=%E4%B8%AD", "body": b'{"a":1}', **values}
        ours, _theirs = self.pairs[scheme]
        headers = signing.headers(scheme, ours, "hospital", request_id="2026112100000001", **request)
        return headers, request

    def test_every_scheme_is_checked_by_the_other_side(self):
        self.assertEqual(self.pairs.keys() | {"none"}, dict(signing.SCHEMES).keys())
        for scheme, (_ours, theirs) in self.pairs.items():
            headers, request = self.signed(scheme)
            signing.check(scheme, theirs, headers, **request)
            signing.check(scheme, theirs, {name.lower(): value for name, value in headers.items()}, **request)

    def test_whatever_is_changed_on_the_way_is_noticed(self):
        for scheme, (_ours, theirs) in self.pairs.items():
            headers, request = self.signed(scheme)
            for changed in ({"method": "PUT"}, {"path": "/a/b?c=d"}, {"body": b'{"a":2}'}):
                self.refused("wrong", scheme, theirs, headers, {**request, **changed})
            for name in signing.SIGNED:
                self.refused("wrong", scheme, theirs, {**headers, name: headers[name] + "1"}, request)
            for signature in ("wrong", "中", headers[signing.SIGNATURE][:-8] + "00000000"):
                self.refused("wrong", scheme, theirs, {**headers, signing.SIGNATURE: signature}, request)

    def test_a_missing_header_is_told_apart(self):
        for scheme, (_ours, theirs) in self.pairs.items():
            headers, request = self.signed(scheme)
            for name in headers:
                for without in ({**headers, name: ""}, {key: headers[key] for key in headers if key != name}):
                    self.refused("missing", scheme, theirs, without, request)

    def test_another_key_does_not_fit(self):
        for scheme, (_ours, theirs) in key_pairs().items():
            headers, request = self.signed(scheme)
            self.refused("wrong", scheme, theirs + "x" if scheme in signing.SYMMETRIC else theirs, headers, request)
            for broken in ("no key", None):
                self.refused("wrong", scheme, broken, headers, request)

    def refused(self, reason, scheme, key, headers, request):
        with self.assertRaises(SigningError, msg=scheme) as caught:
            signing.check(scheme, key, headers, **request)
        self.assertEqual(caught.exception.reason, reason)

    def test_the_number_stays_and_the_nonce_changes(self):
        first, second = (self.signed("hmac_sha256")[0] for _time in range(2))
        self.assertEqual(first[signing.REQUEST], second[signing.REQUEST])
        self.assertNotEqual(first[signing.NONCE], second[signing.NONCE])

    def test_without_a_scheme_the_call_is_named_and_not_signed(self):
        headers = signing.headers("none", None, "医院", "POST", "/", b"", "7")
        self.assertEqual(headers[signing.APP], "%E5%8C%BB%E9%99%A2")
        self.assertNotIn(signing.SIGNATURE, headers)
        signing.check("none", None, {}, "POST", "/", b"")

    def test_an_unusable_key_is_said_before_anything_is_sent(self):
        for scheme in ("rsa_sha256", "sm2"):
            with self.assertRaises(CryptoError):
                signing.headers(scheme, "no key", "app", "POST", "/", b"", "1")
        for scheme in self.pairs:
            with self.assertRaises(CryptoError):
                signing.headers(scheme, "", "app", "POST", "/", b"", "1")

    def test_a_published_example(self):
        """What a partner needs to try his own implementation against."""
        headers = signing.headers(
            "hmac_sha256", "key of the example", "hospital", "POST", "/orders?v=1", b'{"id":"1"}', "20260101000001",
            timestamp=1767225600, nonce="00112233445566778899aabbccddeeff",
        )  # fmt: skip
        self.assertEqual(headers[signing.SIGNATURE], "1a9559eccd00cfa47bbd592e4bb24653cf34554f5dc9f449aa7cdf7bc8533d9a")

    def test_the_path_of_a_request_as_it_was_sent(self):
        for environ, path in (
            ({"REQUEST_URI": "/a%2Fb?c=1"}, "/a%2Fb?c=1"),
            ({"RAW_URI": "http://host:80/a?b"}, "/a?b"),
            ({"PATH_INFO": "/\u00e4\u00b8\u00ad", "QUERY_STRING": "a=1"}, "/%E4%B8%AD?a=1"),
        ):
            self.assertEqual(signing.wire_path(environ), path)
