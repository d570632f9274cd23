import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request
from odoo.tools.misc import html_escape


class RefundSlipController(http.Controller):
    @http.route("/hospital/refund-slip/<string:number>", type="http", auth="user", methods=["GET", "POST"])
    def slip(self, number, **_form):
        """The slip of a refund that this very machine has begun."""
        try:
            content = request.env["hospital.refund.kiosk"]._slip(number)
        except UserError as error:
            # the form in which the web client shows the sentence in a dialog, as for Odoo's own reports
            body = {"code": 0, "message": "Odoo Server Error", "data": http.serialize_exception(error)}
            return request.make_response(html_escape(json.dumps(body)), status=403)
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(f"{number}.pdf")),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers=headers)
