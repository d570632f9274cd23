from odoo import SUPERUSER_ID
from odoo.http import Controller, Response, request, route

from odoo.addons.hospital_exchange.tools import signing

from ..tools.far import Asked
from ..tools.slow import body_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LARGEST = 16 * 1024 * 1024


class Sandbox(Controller):
    """The address of every far side. Which far side answers, and how, is decided by `hospital.sandbox`."""

    @route(
        ["/sandbox/<string:code>", "/sandbox/<string:code>/<path:path>"],
        type="http",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
        methods=METHODS,
        max_content_length=LARGEST,
    )
    def answer(self, code, path="", **_arguments):
        http_request = request.httprequest
        asked = Asked(
            method=http_request.method,
            path=path.strip("/"),
            target=signing.wire_path(http_request.environ),
            headers=dict(http_request.headers),
            body=http_request.get_data(),
            query=http_request.args.to_dict(),
        )
        env = request.env(user=SUPERUSER_ID, su=True)  # the far side is nobody of the hospital
        told = env["hospital.sandbox"]._serve(code, asked)
        headers = {**told.headers, "Content-Length": str(len(told.body))}
        line = http_request._HTTPRequest__environ.get("werkzeug.socket")  # as the websockets of Odoo find theirs
        return Response(
            body_of(told, env.cr.dbname, line),
            status=told.status,
            headers=headers,
            direct_passthrough=True,
        )
