from odoo import http
from odoo.http import content_disposition, request
from werkzeug.exceptions import NotFound

from ..tools.xlsx import MIMETYPE


class ImportTemplateController(http.Controller):
    @http.route("/hospital/import_template/<string:model>", type="http", auth="user", methods=["GET"], readonly=True)
    def download(self, model):
        """The workbook for an import, for those who may import."""
        if not getattr(request.env.get(model), "_hospital_import_fields", ()):
            raise NotFound
        request.env[model].check_access("create")
        name, content = request.env[model]._hospital_import_template()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", MIMETYPE),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )
