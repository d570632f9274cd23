import re

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from ..models.res_users_ticket import KIND
from ..tools import tickets
from ..tools.inbound.throttle import Buckets, share

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
PER_MINUTE = 60
_visits = Buckets()


class Link(http.Controller):
    """Where people arrive who were signed in at a platform."""

    @http.route("/exchange/<platform>/enter", type="http", auth="none", methods=["GET"], readonly=False)
    def enter(self, platform, ticket="", **_others):
        address = request.httprequest.remote_addr or ""
        if not CODE.fullmatch(platform) or not _visits.take((request.db, address), share(PER_MINUTE)):
            return self._sign_in()
        env = request.env(user=1, su=True)
        record = env["hospital.platform"].search([("code", "=", platform), ("mode", "!=", "disabled")], limit=1)
        try:
            claims = record._peek_ticket(ticket) if record else {}
            user = record._ticket_user(claims) if claims else env["res.users"]
            if not user:
                raise AccessDenied
            credential = {"login": user.login, "type": KIND, "platform_id": record.id, "ticket": ticket}
            request.session.authenticate(request.env, credential)
        except (AccessDenied, tickets.TicketError):
            return self._sign_in()
        if not request.session.uid:  # a second factor is still to come
            return request.redirect(user._mfa_url() or "/web/login")
        return request.redirect(record._ticket_target(claims))

    def _sign_in(self):
        """The ticket is good for nothing: whoever it is signs in himself."""
        return request.redirect("/web/login")
