import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request
from odoo.tools.misc import html_escape
from werkzeug.exceptions import NotFound

from ..tools.xlsx import MIMETYPE


class XlsxController(http.Controller):
    @http.route("/hospital/xlsx/<string:model>", type="http", auth="user", methods=["GET", "POST"])
    def download(self, model, ids="", report="", **_form):
        """The Excel workbook of some records, for the models that offer one, with the rights of who asks."""
        if model not in request.env or request.env[model]._abstract or not hasattr(request.env[model], "_xlsx_file"):
            raise NotFound
        records = request.env[model].browse([int(part) for part in ids.split(",") if part.isdigit()]).exists()
        if not records:
            raise NotFound
        try:
            name, content = records._xlsx_file(report)
        except UserError as error:
            # the form in which the web client shows the sentence in a dialog, as for Odoo's own reports
            body = {"code": 0, "message": "Odoo Server Error", "data": http.serialize_exception(error)}
            return request.make_response(html_escape(json.dumps(body)), status=403)
        headers = [
            ("Content-Type", MIMETYPE),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(content, headers=headers)
