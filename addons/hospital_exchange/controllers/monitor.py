import hmac
import logging

import psycopg2
from odoo import SUPERUSER_ID, http
from odoo.http import request
from odoo.tools import config
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

_logger = logging.getLogger(__name__)

LATE_MINUTES = 15
OPEN = {"type": "http", "auth": "none", "methods": ["GET"], "csrf": False, "save_session": False, "readonly": True}


class ExchangeMonitor(http.Controller):
    """For machines that watch: a probe, and Prometheus. No session, no user, and no word about who and what without
    the token of the configuration file."""

    @http.route("/exchange/health", **OPEN)
    def health(self, minutes=None, **_arguments):
        try:
            state, names = self._monitor()._health(self._minutes(minutes) * 60)
        except psycopg2.Error as error:
            _logger.error("the state of the platforms cannot be read (%s)", type(error).__name__)
            return self._json({"status": "error", "database": False}, 503)
        if self._has_token():
            state = {**state, **names}
        return self._json(state, 503 if state["status"] == "error" else 200)

    @http.route("/exchange/metrics", **OPEN)
    def metrics(self, **_arguments):
        if not config.get("hospital_metrics_token"):
            return request.make_response("Not found\n", self._headers("text/plain; charset=utf-8"), status=404)
        if not self._has_token():
            headers = [*self._headers("text/plain; charset=utf-8"), ("WWW-Authenticate", "Bearer")]
            return request.make_response("A bearer token is needed\n", headers, status=401)
        text = request.env(user=SUPERUSER_ID)["hospital.exchange.metrics"]._text()
        return request.make_response(text, self._headers(CONTENT_TYPE_PLAIN_0_0_4))

    def _monitor(self):
        return request.env(user=SUPERUSER_ID)["hospital.exchange.monitor"]

    @staticmethod
    def _minutes(text):
        return min(max(int(text), 1), 1440) if text and text.isascii() and text.isdigit() else LATE_MINUTES

    @staticmethod
    def _has_token():
        token = config.get("hospital_metrics_token") or ""
        scheme, _space, shown = request.httprequest.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(shown.strip().encode(), token.encode())
        return bool(token) and scheme.lower() == "bearer" and right

    def _json(self, content, status):
        response = request.make_json_response(content, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response

    @staticmethod
    def _headers(content_type):
        return [("Content-Type", content_type), ("Cache-Control", "no-store")]
