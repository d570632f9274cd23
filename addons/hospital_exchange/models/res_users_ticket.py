from odoo import models
from odoo.exceptions import AccessDenied

from ..tools.tickets import TicketError
from .platform_incoming import TECHNICAL

KIND = "hospital_ticket"


class ResUsers(models.Model):
    """Who was signed in over there comes in here with a ticket of the platform."""

    _inherit = "res.users"

    def _check_credentials(self, credential, env):
        if credential.get("type") != KIND:
            return super()._check_credentials(credential, env)
        _platform_sudo = (
            self.env["hospital.platform"].sudo().browse(credential["platform_id"])
        )  # nobody is signed in yet
        try:
            claims = _platform_sudo._check_ticket(credential["ticket"], theirs=True)
        except TicketError:
            raise AccessDenied from None
        if self != _platform_sudo._ticket_user(claims) or not self._may_come_by_ticket():
            raise AccessDenied
        return {"uid": self.id, "auth_method": KIND, "mfa": "default"}

    def _may_come_by_ticket(self):
        """Who may change the system itself signs in himself."""
        self.ensure_one()
        is_person = self.active and self._is_internal() and not self.has_group(TECHNICAL)
        return is_person and not self.has_group("base.group_erp_manager")
