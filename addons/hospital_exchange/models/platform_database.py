from odoo import api, models
from odoo.exceptions import ValidationError

from ..tools.database import AddressError, read_address


class HospitalPlatform(models.Model):
    _inherit = "hospital.platform"

    @api.constrains("protocol", "url_sandbox", "url_test", "url_production")
    def _check_database_address(self):
        for platform in self.filtered(lambda one: one.protocol == "hospital.protocol.database"):
            protocol = platform._protocol()
            for address in filter(None, (platform.url_sandbox, platform.url_test, platform.url_production)):
                try:
                    protocol._check_address(read_address(address))
                except AddressError as error:
                    raise ValidationError(protocol._address_sentence(error)) from None
