import json

from odoo import http
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools import signing

KEY = "the key both sides of the probe hold"


class Probe(http.Controller):
    """A far side served by Odoo, as the sandbox is: it checks the signature, writes down what it did and answers."""

    @http.route("/probe/<platform>/do", type="http", auth="none", csrf=False, save_session=False, methods=["POST"])
    def do(self, platform, **_arguments):
        call = request.httprequest
        body = call.get_data()
        try:
            signing.check("hmac_sha256", KEY, call.headers, call.method, signing.wire_path(call.environ), body)
        except signing.SigningError:
            return request.make_json_response({"error": "signature"}, status=401)
        number = call.headers[signing.REQUEST]
        request.env.cr.execute(
            SQL("INSERT INTO probe_order (name, remote_number) VALUES (%s, %s)", json.loads(body)["id"], number)
        )
        return request.make_json_response({"ref": f"R{number}"})

    @http.route("/probe/bare", type="http", auth="none", csrf=False, save_session=False, methods=["POST"])
    def bare(self, **_arguments):
        """The yardstick of calls in: as little as Odoo can do."""
        return request.make_json_response({"ok": True})
