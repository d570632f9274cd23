from odoo import models

from odoo.addons.base.models.report_paperformat import PAPER_SIZES

SIZES = {size["key"]: (size["width"], size["height"]) for size in PAPER_SIZES if "width" in size}


class ReportPaperformat(models.Model):
    _inherit = "report.paperformat"

    def _hospital_page_css(self):
        """The paper an administrator chose for a print, as the page rule that wins over its layout's own."""
        self.ensure_one()
        width, height = SIZES.get(self.format, (self.page_width, self.page_height))
        if not (width and height):
            return None
        if self.orientation == "Landscape":
            width, height = max(width, height), min(width, height)
        margins = " ".join(
            f"{value}mm" for value in (self.margin_top, self.margin_right, self.margin_bottom, self.margin_left)
        )
        names = "@page, @page a4, @page a4-landscape, @page a5, @page a5-landscape, @page roll80, @page label"
        return "".join(
            f"{name.strip()} {{ size: {width}mm {height}mm !important; margin: {margins} !important }}\n"
            for name in names.split(",")
        )
