import logging

from odoo import models

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from ..tools.units import amount

_logger = logging.getLogger(__name__)

LINK = "pay_link"


class HospitalPayLinkMixin(models.AbstractModel):
    """A document whose print carries a QR code: scanned with a phone, it leads to where it can be paid.

    Where that is says the link `pay_link` of a platform: server address and parameters are data, one line per campus or
    one for all. A print shows it with `<t t-set="qr_text" t-value="doc._pay_link() or doc.number"/>`.
    """

    _name = "hospital.pay.link.mixin"
    _description = "Document that can be paid by scanning"

    def _pay_link(self):
        """The address, with what is to be paid; empty when nothing is, or when no such page is connected."""
        self.ensure_one()
        interface = self._pay_link_interface()
        if not interface or self._pay_link_amount() <= 0:
            return ""
        try:
            return interface._link(self)
        except ExchangeError as error:  # the print is wanted all the same
            _logger.warning("the link %s cannot be made: %s", interface.display_name, error.detail)
            return ""

    def _pay_link_interface(self):
        _interfaces_sudo = self.env["hospital.interface"].sudo()  # who prints reads no platforms
        campus = self.campus_id
        found = _interfaces_sudo.search(
            [
                ("code", "=", LINK),
                ("direction", "=", "link"),
                ("company_id", "=", campus.sudo().company_id.id),
                ("platform_id.active", "=", True),
                ("platform_id.mode", "!=", "disabled"),
                ("platform_id.campus_id", "in", (False, campus.id)),
            ]
        )
        # a page of the campus goes before one for all
        return found.sorted(lambda one: not one.platform_id.campus_id)[:1].with_env(self.env)

    def _pay_link_amount(self):
        """What is left to pay."""
        raise NotImplementedError

    def _build_pay_link(self, interface, **_extra):
        """What stands for the names in the address; a document adds its own."""
        return {
            "no": self.display_name,
            "amount": str(amount(f"{self._pay_link_amount():.2f}")),
            "hospital": self.campus_id.org_code or self.campus_id.code,
        }
