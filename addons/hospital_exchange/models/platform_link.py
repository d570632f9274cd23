from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools import tickets
from ..tools.crypto import CryptoError
from ..tools.errors import ExchangeError
from ..tools.signing import SYMMETRIC

OURS = "hospital"


class HospitalPlatform(models.Model):
    """Tickets: those we gave away and those others bring."""

    _inherit = "hospital.platform"

    def _check_ticket(self, ticket, theirs=False):
        """The claims of a ticket, which is used up by this; raises TicketError.

        :param theirs: one the platform made for somebody who comes to us, else one of ours that comes back
        """
        claims = self._peek_ticket(ticket, theirs)
        self._use_up(("in:" if theirs else "out:") + claims["jti"], claims["exp"])
        return claims

    def _peek_ticket(self, ticket, theirs=True):
        """The claims of a ticket that is good as far as its own words go; it is not used up."""
        self.ensure_one()
        if self.mode == "disabled" or not self.active or self.signing == "none":
            raise tickets.TicketError("unsigned")
        try:
            key = self._ticket_key(theirs)
        except (CryptoError, ExchangeError):
            raise tickets.TicketError("unsigned") from None
        return tickets.read(self.signing, key, ticket, OURS if theirs else self.code)

    def _ticket_key(self, theirs):
        if not theirs:
            return tickets.public_of(self.signing, self._secret("sign_key"))
        is_shared = self.signing in SYMMETRIC
        return self._secret("peer_key", required=not is_shared) or self._secret("sign_key")

    def _use_up(self, mark, end):
        query = SQL(
            "INSERT INTO hospital_exchange_nonce (platform, nonce, expires_at) VALUES (%s, %s, %s) "
            "ON CONFLICT DO NOTHING RETURNING id",
            self.id,
            f"ticket:{mark}",
            fields.Datetime.to_datetime("1970-01-01 00:00:00") + timedelta(seconds=end),
        )
        if not self.env.execute_query(query):
            raise tickets.TicketError("used")

    def _ticket_sentence(self, error):
        sentences = {
            "unsigned": self.env._("No tickets are exchanged with this platform."),
            "malformed": self.env._("This is no ticket."),
            "signature": self.env._("The ticket was altered or signed with another key."),
            "audience": self.env._("The ticket is for somebody else."),
            "expired": self.env._("The ticket has expired. Open the link again."),
            "used": self.env._("The ticket was used already. Open the link again."),
            "user": self.env._("Nobody may come in with this ticket. Sign in with your own password."),
        }
        return sentences[error.reason]

    def _ticket_user(self, claims):
        """Whom a ticket of the platform means: by login, or by the staff number of a practitioner."""
        users = self.env["res.users"]
        name = claims.get("sub")
        if not isinstance(name, str) or not name or self._parameter("sso_in") != "1":
            return users
        if self._parameter("sso_user") == "practitioner":
            return self.env["hospital.practitioner"].search([("code", "=", name), ("user_id", "!=", False)]).user_id
        return users.search([("login", "=", name)])

    def _ticket_target(self, claims):
        """Where the person is led: a record of an active link of this platform, else the home page."""
        model, res_id = claims.get("model"), claims.get("id")
        links = self.env["hospital.interface"].search([("platform_id", "=", self.id), ("direction", "=", "link")])
        if model in links.mapped("model") and isinstance(res_id, int):
            return f"/odoo/{model}/{res_id}" if "." in model else f"/odoo/m-{model}/{res_id}"
        return "/odoo"
