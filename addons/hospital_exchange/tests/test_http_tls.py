import base64
import datetime
import ipaddress
import os
import ssl
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .http_far_side import HttpCase, HttpFarSide

PEM = serialization.Encoding.PEM


class Authority:
    """Makes certificates: of itself, of a server on this machine, of us."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._make("Authority of a test", self.key, is_authority=True)
        self.pem = self.certificate.public_bytes(PEM).decode()

    def issue(self, name):
        """(certificate, key) in PEM"""
        key = ec.generate_private_key(ec.SECP256R1())
        no_password = serialization.NoEncryption()
        key_pem = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, no_password)
        return self._make(name, key).public_bytes(PEM), key_pem

    def _make(self, name, key, is_authority=False):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if is_authority else self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if name == "127.0.0.1":
            address = x509.IPAddress(ipaddress.ip_address(name))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


@tagged("post_install", "-at_install")
class TestHttpTls(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority()
        cls.tls = HttpFarSide(cls.server_context("127.0.0.1"))
        cls.addClassCleanup(cls.tls.stop)
        cls.mutual = HttpFarSide(cls.server_context("127.0.0.1", asks=True))
        cls.addClassCleanup(cls.mutual.stop)
        cls.misnamed = HttpFarSide(cls.server_context("somebody else"))
        cls.addClassCleanup(cls.misnamed.stop)

    def setUp(self):
        super().setUp()
        for far in (self.tls, self.mutual, self.misnamed):
            far.answer({})

    @classmethod
    def server_context(cls, name, asks=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(cadata=cls.authority.pem)
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"".join(cls.authority.issue(name)))
            file.flush()
            context.load_cert_chain(file.name)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    @proves("S1-3.3")
    def test_the_platform_is_verified(self):
        self.platform.url_test = self.tls.url
        outcome = self.assert_fails("network", self.call())
        self.assertIn("verify failed", outcome.error.detail)
        self.parameters(tls_authorities=self.authority.pem)
        self.assertFalse(self.call().error)
        self.platform.url_test = self.misnamed.url
        self.assert_fails("network", self.call())
        self.assertEqual((len(self.tls.requests), len(self.misnamed.requests)), (1, 0))

    def test_an_authority_of_the_whole_server(self):
        self.platform.url_test = self.tls.url
        with tempfile.NamedTemporaryFile("w") as bundle:
            bundle.write(self.authority.pem)
            bundle.flush()
            with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": bundle.name}):
                self.assertFalse(self.call().error)

    def test_our_own_certificate_is_shown(self):
        self.platform.url_test = self.mutual.url
        self.parameters(tls_authorities=self.authority.pem)
        self.assertTrue(self.call().error)
        self.assertFalse(self.mutual.requests)
        before = set(Path(tempfile.gettempdir()).glob("*.pem"))
        for password in (None, "pass word"):
            certificate, key = self.certificate(password)
            self.platform.write({"certificate_id": certificate, "key_id": key})
            self.assertFalse(self.call().error)
        self.assertEqual(len(self.mutual.requests), 2)
        self.assertEqual(set(Path(tempfile.gettempdir()).glob("*.pem")), before)

    def certificate(self, password=None):
        certificate, key = self.authority.issue("hospital")
        if password:
            loaded = serialization.load_pem_private_key(key, None)
            encryption = serialization.BestAvailableEncryption(password.encode())
            key = loaded.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)
        values = {"name": "Exchange", "company_id": self.platform.company_id.id}
        key = self.env["certificate.key"].create({**values, "content": base64.b64encode(key), "password": password})
        return (
            self.env["certificate.certificate"].create({**values, "content": base64.b64encode(certificate)}).id,
            key.id,
        )

    def test_a_certificate_without_a_key_is_said(self):
        self.platform.url_test = self.mutual.url
        self.platform.certificate_id = self.certificate()[0]
        self.assertIn("no private key", self.assert_fails("config", self.call()).error.detail)
        self.platform.certificate_id = False
        self.parameters(tls_authorities="no certificate")
        self.assert_fails("config", self.call())

    def test_plain_http_where_tls_is_spoken_and_the_other_way_round(self):
        self.platform.url_test = self.tls.url.replace("https", "http")
        self.assertTrue(self.call().error)
        self.platform.url_test = self.far.url.replace("http", "https")
        self.assert_fails("network", self.call())
        self.assertFalse(self.far.requests)

    def test_proxies_only_where_a_parameter_says_so(self):
        proxy = self.tls.url  # whoever is asked there is not asked as a proxy
        with patch.dict(os.environ, {"http_proxy": proxy, "HTTP_PROXY": proxy, "all_proxy": proxy}):
            self.assertFalse(self.call().error)
        other = HttpFarSide()
        self.addCleanup(other.stop)
        self.parameters(proxy=other.url.removesuffix("/api"))
        self.assertFalse(self.call().error)
        self.assertEqual(other.requests[0].path, f"{self.far.url}/set")
