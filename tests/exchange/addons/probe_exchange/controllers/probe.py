import json

from odoo import http
from odoo.http import request
from odoo.tools import SQL


class Probe(http.Controller):
    """A far side served by Odoo, as the sandbox is: it writes down what it did and answers."""

    @http.route("/probe/<platform>/do", type="http", auth="none", csrf=False, save_session=False, methods=["POST"])
    def do(self, platform, **_arguments):
        body = json.loads(request.httprequest.get_data())
        request.env.cr.execute(
            SQL("INSERT INTO probe_order (name, remote_number) VALUES (%s, %s)", body["payload"]["id"], body["number"])
        )
        return request.make_json_response({"ref": f"R{body['number']}"})

    @http.route("/probe/bare", type="http", auth="none", csrf=False, save_session=False, methods=["POST"])
    def bare(self, **_arguments):
        """The yardstick of calls in: as little as Odoo can do."""
        return request.make_json_response({"ok": True})
