"""Reading back what was printed."""

import io

from pypdf import PdfReader

POINTS_PER_MM = 72 / 25.4


class Printed:
    def __init__(self, content):
        if content[:5] != b"%PDF-":
            raise AssertionError("not a PDF")
        self.reader = PdfReader(io.BytesIO(content))

    @property
    def texts(self):
        """The text of each page, without blanks: a PDF knows places, not spaces."""
        return ["".join(page.extract_text().split()) for page in self.reader.pages]

    @property
    def text(self):
        return "".join(self.texts)

    def size_mm(self, page=0):
        box = self.reader.pages[page].mediabox
        return round(float(box.width) / POINTS_PER_MM), round(float(box.height) / POINTS_PER_MM)

    def fonts(self):
        """{font name: is it embedded} over all pages."""
        found = {}
        for page in self.reader.pages:
            for font in (page.get("/Resources", {}).get("/Font") or {}).values():
                font = font.get_object()
                descendants = font.get("/DescendantFonts")
                holder = descendants[0].get_object() if descendants else font
                descriptor = holder.get("/FontDescriptor")
                descriptor = descriptor.get_object() if descriptor else {}
                found[font["/BaseFont"]] = any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
        return found
