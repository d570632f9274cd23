from odoo import http
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from werkzeug.exceptions import InternalServerError

from odoo.addons.web.controllers.report import ReportController

RETRIED = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)


class HospitalReportController(ReportController):
    @http.route()
    def report_download(self, data, context=None, token=None, readonly=True):
        """Prints are counted, so two of them at the same moment collide. Odoo's route hides that from what runs a
        request again: the clerk was told about the database instead of getting his print."""
        try:
            return super().report_download(data, context=context, token=token, readonly=readonly)
        except InternalServerError as error:
            if isinstance(error.__cause__, RETRIED):
                raise error.__cause__ from None
            raise
