import base64
import io
import re
from urllib.parse import urlsplit

import pytz
from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tools.mimetypes import guess_mimetype

from ..tools.printing import Printer, qr_data_uri, split_sheets

IMAGE_PATH = re.compile(
    r"^/web/(?:image|content)/(?:(?P<model>[a-z_][\w.]*)/(?P<id>\d+)/(?P<field>\w+)|(?P<attachment>\d+))(?:[-/].*)?$"
)


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    hospital_engine = fields.Selection(
        [("weasyprint", "WeasyPrint")],
        string="Print engine",
        help="Empty: Odoo's own engine. WeasyPrint: the hospital's prints, which need no other program on the server.",
    )

    def _get_readable_fields(self):
        return super()._get_readable_fields() | {"hospital_engine"}

    def report_action(self, docids, data=None, config=True):
        if self.hospital_engine != "weasyprint":
            return super().report_action(docids, data=data, config=config)
        # The hospital's prints have their own heads: an administrator is not asked for Odoo's document layout first.
        return {**super().report_action(docids, data=data, config=False), "hospital_engine": self.hospital_engine}

    # ------------------------------------------------------------------
    # Rendering
    # ------------------------------------------------------------------

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """In tests Odoo hands out HTML because its engine may be missing. Ours is always there, so tests read real PDFs."""
        if self._get_report(report_ref).hospital_engine != "weasyprint":
            return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        if isinstance(res_ids, int):
            res_ids = [res_ids]
        return self._render_qweb_pdf_prepare_streams(
            report_ref, dict(data or {}, report_type="pdf"), res_ids=res_ids
        ), "pdf"

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """Paper with a patient on it leaves a row in the access log, as an export does."""
        report_sudo = self._get_report(report_ref)
        model = self.env.get(report_sudo.model)
        logged = isinstance(model, self.env.registry["hospital.access.mixin"])
        if report_sudo.hospital_engine == "weasyprint" and res_ids and logged:
            records = model.browse(res_ids)
            self.env["hospital.access.log"]._log("print", records, detail=report_sudo.name)
        return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        report_sudo = self._get_report(report_ref)
        if report_sudo.hospital_engine != "weasyprint":
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        data = dict(data or {}, report_type="pdf", debug=False)
        wants_attachments = bool(
            report_sudo.attachment
            and res_ids
            and len(res_ids) == len(set(res_ids))
            and not self.env.context.get("report_pdf_no_attachment"),
        )
        streams = self._hospital_kept_streams(report_sudo, res_ids) if wants_attachments else {}
        missing = [res_id for res_id in res_ids or [] if not streams.get(res_id, {}).get("stream")]
        if res_ids and not missing:
            return streams

        html = self.with_context(debug=False)._render_qweb_html(report_ref, missing, data=data)[0]
        sheets = split_sheets(html, report_sudo.model)
        if not sheets:
            raise UserError(self.env._("There is nothing to print."))
        printer = self._hospital_printer(report_sudo)
        if not wants_attachments:
            key = res_ids[0] if res_ids and len(res_ids) == 1 else False
            return {key: {"stream": io.BytesIO(printer.print(sheets)), "attachment": None}}

        by_record = {}
        for sheet in sheets:
            by_record.setdefault(sheet.record_id, []).append(sheet)
        if set(by_record) != set(missing):
            raise UserError(
                self.env._(
                    "The print “%s” is kept with its record, but its template does not say where each record begins. "
                    "Ask the administrator to use one of the hospital's layouts in it.",
                    report_sudo.name,
                ),
            )
        for res_id in missing:
            streams[res_id]["stream"] = io.BytesIO(printer.print(by_record[res_id]))
        return streams

    def _hospital_kept_streams(self, report_sudo, res_ids):
        """The prints kept from an earlier time, for the reports that hand those out again."""
        streams = {}
        for record in self.env[report_sudo.model].browse(res_ids):
            attachment = report_sudo.retrieve_attachment(record)
            is_reused = attachment and report_sudo.attachment_use
            streams[record.id] = {
                "stream": io.BytesIO(attachment.raw) if is_reused else None,
                "attachment": attachment,
            }
        return streams

    def _hospital_printer(self, report_sudo):
        base_url = report_sudo.get_base_url()
        paper = report_sudo.paperformat_id
        return Printer(self._hospital_image_loader(base_url), base_url, page_css=paper and paper._hospital_page_css())

    def _hospital_image_loader(self, base_url):
        """A function that gives the bytes of an image of this database that the printing user may read, else nothing."""
        own_host = urlsplit(base_url).netloc

        def load(url):
            parts = urlsplit(url)
            match = parts.netloc == own_host and IMAGE_PATH.match(parts.path)
            if not match:
                return None
            try:
                return self._hospital_image(
                    match["model"] or "ir.attachment", int(match["id"] or match["attachment"]), match["field"] or "raw"
                )
            except (AccessError, MissingError):
                return None

        return load

    def _hospital_image(self, model, record_id, field_name):
        """(bytes, mimetype) of a binary field, read with the rights of who prints."""
        record = self.env[model].browse(record_id) if model in self.env else None
        field = record is not None and record._fields.get(field_name)
        if not field or field.type != "binary":
            return None
        # said out loud: a value that is in the cache already is given to anyone
        record.check_access("read")
        record._check_field_access(field, "read")
        content = record[field_name]
        if not content:
            return None
        content = content if field_name == "raw" else base64.b64decode(content)
        return content, guess_mimetype(content)

    def _get_rendering_context(self, report, docids, data):
        values = super()._get_rendering_context(report, docids, data)
        if report.hospital_engine == "weasyprint":
            # `setdefault`: an addon's own report model may have named these already
            for name, value in self._hospital_print_values().items():
                values.setdefault(name, value)
        return values

    @api.model
    def _hospital_print_values(self):
        """What every print of the hospital can use: the head's name, who prints, when, and QR codes."""
        zone = self.env.company._hospital_timezone()

        def local(moment):
            return pytz.utc.localize(moment).astimezone(zone)

        return {
            "hospital_name": self.env.company.name,
            "printed_by": self.env.user.name,
            "printed_at": local(fields.Datetime.now()).strftime("%Y-%m-%d %H:%M"),
            "hospital_time": lambda moment, pattern="%Y-%m-%d %H:%M": local(moment).strftime(pattern) if moment else "",
            "qr": qr_data_uri,
            "money": lambda amount: f"{amount or 0.0:,.2f}",
            "number": lambda quantity: f"{quantity or 0.0:.6f}".rstrip("0").rstrip("."),
        }
