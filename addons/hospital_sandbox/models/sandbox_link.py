from markupsafe import Markup, escape
from odoo import api, models

from odoo.addons.hospital_exchange.tools import tickets

from ..tools.far import Told

PAGE = "page"
FRAME = Markup(
    "<!DOCTYPE html><html><head><meta charset='utf-8'><title>%s</title></head>"
    "<body style='font-family: sans-serif; margin: 3em'><h1>%s</h1><dl>%s</dl></body></html>"
)


class HospitalSandbox(models.AbstractModel):
    """Where links of a platform lead: a page that says who came, and with what, once his ticket was looked at."""

    _inherit = "hospital.sandbox"

    @api.model
    def _described(self, visit):
        if visit.asked.method == "GET" and visit.asked.path == PAGE:
            return self._page(visit)
        return super()._described(visit)

    @api.model
    def _page(self, visit):
        platform, query = visit.platform, dict(visit.asked.query)
        try:
            key = tickets.public_of(platform.signing, platform._sign_key())
            claims = tickets.read(platform.signing, key, query.pop("ticket", ""), platform.code)
        except tickets.TicketError as error:
            return self._html(403, platform.name, {"ticket": error.reason})
        return self._html(200, platform.name, {**query, "user": claims["sub"], "campus": claims["campus"]})

    @api.model
    def _html(self, status, title, rows):
        body = Markup().join(Markup("<dt>%s</dt><dd>%s</dd>") % (name, value) for name, value in rows.items())
        page = FRAME % (title, title, body)
        return Told(status, {"Content-Type": "text/html; charset=utf-8"}, str(escape(page)).encode())
