import base64
import ssl

from odoo import models

from ..tools import http
from ..tools.errors import ExchangeError


class HospitalPlatform(models.Model):
    """What the HTTP protocols need of a platform: parameters at hand, TLS, proxies."""

    _inherit = "hospital.platform"

    def _parameters(self):
        """name → value for the mode of today: the line for the mode goes before the one for all."""
        self.ensure_one()
        _lines_sudo = self.sudo().parameter_ids  # a call is made on behalf of anybody
        lines = sorted(
            _lines_sudo.filtered(lambda line: line.mode in (False, self.mode)), key=lambda line: bool(line.mode)
        )
        return {line.name: line.value for line in lines if line.value}

    def _new_session(self):
        """For all calls of a delivery: connections are kept."""
        proxy = self._parameter("proxy")
        return http.new_session(self._tls_context, {"http": proxy, "https": proxy} if proxy else None)

    def _tls_context(self):
        """The platform is verified always; we show our certificate if there is one."""
        _sudo = self.sudo()  # certificates are for their administrators, the protocol shows ours
        certificate = _sudo.certificate_id
        key = _sudo.key_id or certificate.private_key_id
        if certificate and not key:
            raise self._tls_error("the certificate has no private key")
        try:
            return http.tls_context(
                self._parameter("tls_authorities") or "",
                _pem(certificate.pem_certificate),
                _pem(key.pem_key) if certificate else b"",
                key.password or None,
            )
        except (ssl.SSLError, OSError, ValueError) as error:
            raise self._tls_error(f"the certificate, its key or tls_authorities cannot be used: {error}")

    def _tls_error(self, detail):
        sentence = self.env._("%s is not set up completely. Ask the interface administrator.", self.name)
        return ExchangeError("config", sentence=sentence, detail=f"platform {self.code}: {detail}")


def _pem(content):
    return base64.b64decode(content) if content else b""
