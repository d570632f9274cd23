"""HTML to PDF through WeasyPrint. Nothing is read from the network or the disk: what a page shows is in it, or in the database."""

import base64
import io
import logging
from urllib.parse import urlsplit

import lxml.html
import qrcode
import qrcode.image.svg
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

_logger = logging.getLogger(__name__)

# WeasyPrint names addresses in its messages, and an address may be a data: URL that carries a patient's number.
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
logging.getLogger("weasyprint.progress").setLevel(logging.CRITICAL)
logging.getLogger("fontTools").setLevel(logging.ERROR)

SHEET_CLASS = "o_hospital_sheet"
ROLL_CLASS = "o_hospital_roll"
ROLL_END = "o_hospital_roll_end"
ROLL_BOTTOM_MARGIN = 16  # px: what the cutter of a roll printer needs below the last line
SHEETS = f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {SHEET_CLASS} ')]"
ODOO_ARTICLES = "//div[contains(concat(' ', normalize-space(@class), ' '), ' article ')]"


class RecordFetcher(URLFetcher):
    """Serves `data:` addresses and what ``load(url)`` finds; refuses every other one."""

    def __init__(self, load):
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self._load = load

    def fetch(self, url, headers=None):
        if url[:5].lower() == "data:":
            return super().fetch(url, headers)
        found = self._load(url)
        if found is None:
            _logger.warning(
                "A print template asked for a %s: address; printing reads only what is in the page.",
                urlsplit(url).scheme,
            )
            raise ValueError("Only data: addresses and images of the database are printed.")
        body, mimetype = found
        return URLFetcherResponse(url, body=body, headers={"Content-Type": mimetype})


class Sheet:
    """One document of a print run: it has its own page numbers and may belong to one record."""

    def __init__(self, html, record_id, is_roll):
        self.html = html
        self.record_id = record_id
        self.is_roll = is_roll


def split_sheets(html, model):
    """Cut a rendered report into its sheets; a report without sheets is one, and none when it shows nothing."""
    root = lxml.html.fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
    nodes = root.xpath(SHEETS) or root.xpath(ODOO_ARTICLES)
    body = root.find("body")
    if not nodes or body is None:
        is_empty = body is not None and not body.text_content().strip() and not body.xpath(".//img")
        return [] if is_empty else [Sheet(_to_text(root), None, False)]
    for child in list(body):
        body.remove(child)
    sheets = []
    for node in nodes:
        node.tail = None
        body.append(node)
        is_own = node.get("data-oe-model") == model and (node.get("data-oe-id") or "").isdigit()
        sheets.append(
            Sheet(
                _to_text(root),
                int(node.get("data-oe-id")) if is_own else None,
                ROLL_CLASS in (node.get("class") or "").split(),
            ),
        )
        body.remove(node)
    return sheets


def _to_text(root):
    return lxml.html.tostring(root, encoding="unicode", doctype="<!DOCTYPE html>")


class Printer:
    """Lays sheets out and writes them as one PDF in which each font is embedded once."""

    def __init__(self, load, base_url, page_css=None):
        self._fetcher = RecordFetcher(load)
        self._base_url = base_url
        self._fonts = FontConfiguration()
        self._images = {}
        self._page_css = page_css

    def print(self, sheets):
        documents = [self._lay_out(sheet) for sheet in sheets]
        pages = [page for document in documents for page in document.pages]
        return documents[0].copy(pages).write_pdf(cache=self._images)

    def _lay_out(self, sheet):
        document = self._render(sheet, self._page_css)
        if sheet.is_roll and not self._page_css and len(document.pages) == 1:
            page = document.pages[0]
            end = page.anchors.get(ROLL_END)
            height = min(page.height, end[1] + ROLL_BOTTOM_MARGIN) if end else page.height
            document = self._render(
                sheet, f"@page {{ size: {page.width}px {height}px !important; margin-bottom: 0 !important }}"
            )
        return document

    def _render(self, sheet, page_css):
        html = HTML(string=sheet.html, base_url=self._base_url, url_fetcher=self._fetcher)
        styles = [CSS(string=page_css, font_config=self._fonts, url_fetcher=self._fetcher)] if page_css else None
        return html.render(font_config=self._fonts, stylesheets=styles, cache=self._images)


def qr_data_uri(text):
    """A QR code of ``text`` as a `data:` address, sharp at any size."""
    code = qrcode.QRCode(border=1, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(str(text))
    stream = io.BytesIO()
    code.make_image(image_factory=qrcode.image.svg.SvgPathFillImage).save(stream)
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()
