import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import soap_client
from ..tools.errors import ExchangeError


class HospitalPlatform(models.Model):
    """The service description of a SOAP platform."""

    _inherit = "hospital.platform"

    wsdl_file = fields.Binary(
        "Service description (WSDL)",
        attachment=True,
        copy=False,
        help="Empty: it is fetched from the parameter wsdl_url, or from the address with ?wsdl, once per process.",
    )
    wsdl_filename = fields.Char(copy=False)

    def _wsdl_address(self):
        return self._parameter("wsdl_url") or f"{(self.url or 'http://wsdl.invalid').split('?')[0]}?wsdl"

    def action_fetch_wsdl(self):
        """Keep the service description here, so that it is the same until somebody fetches it again."""
        self.ensure_one()
        self.check_access("write")
        address = self._wsdl_address()
        try:
            content = self.env["hospital.protocol.soap"]._fetch(self, address)
            soap_client.forget((self.env.cr.dbname, self.id))
            fetch = lambda url: self.env["hospital.protocol.soap"]._fetch(self, url)  # noqa: E731
            soap_client.client_for((self.env.cr.dbname, self.id), address, content, fetch)
        except ExchangeError as error:
            raise UserError(self.env._("The service description could not be fetched from %s.", address)) from error
        except soap_client.SoapError as error:
            raise UserError(
                self.env._(
                    "What %(address)s gives is no service description: %(why)s", address=address, why=error.detail
                )
            ) from error
        self.write({"wsdl_file": base64.b64encode(content), "wsdl_filename": f"{self.code}.wsdl"})
        return True
