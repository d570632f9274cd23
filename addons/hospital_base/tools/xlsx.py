"""The one way the suite writes a table to Excel."""

import io
from collections import namedtuple
from datetime import date, datetime

import xlsxwriter

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 1_048_000  # a sheet of Excel holds 1,048,576
FORMATS = {
    "text": {},
    "integer": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.######"},
    "money": {"num_format": "#,##0.00"},
    "percent": {"num_format": "0.00%"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "datetime": {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
}

Column = namedtuple("Column", "label kind width total", defaults=("text", None, False))
Column.__doc__ = (
    """A column: its heading, what it holds (a key of FORMATS), its width in characters, whether it is summed below."""
)


class Sheet:
    """A table: title and notes above, columns, rows (sequences as long as the columns), and a total row when a column asks for one."""

    def __init__(self, name, columns, rows, title=None, notes=(), total_label=""):
        self.name = name
        self.columns = [column if isinstance(column, Column) else Column(column) for column in columns]
        self.rows = rows
        self.title = title
        self.notes = notes
        self.total_label = total_label


def write_workbook(sheets):
    """The bytes of an .xlsx file. Text is always text: what begins with = + - @ never becomes a formula."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(stream, options)
    styles = _Styles(workbook)
    taken = set()
    for sheet in sheets:
        _write_sheet(workbook.add_worksheet(_sheet_name(sheet.name, taken)), sheet, styles)
    workbook.close()
    return stream.getvalue()


class _Styles:
    def __init__(self, workbook):
        base = {"font_name": "Noto Sans CJK SC", "font_size": 10, "valign": "top"}
        self.title = workbook.add_format({**base, "bold": True, "font_size": 14})
        self.note = workbook.add_format({**base, "font_color": "#555555"})
        self.head = workbook.add_format({**base, "bold": True, "bg_color": "#E7EEF0", "bottom": 1, "text_wrap": True})
        self.cell = {kind: workbook.add_format({**base, **style}) for kind, style in FORMATS.items()}
        self.total = {
            kind: workbook.add_format({**base, **style, "bold": True, "top": 1}) for kind, style in FORMATS.items()
        }


def _sheet_name(name, taken):
    """Excel allows 31 characters, none of []:*?/\\ and no name twice."""
    clean = "".join(" " if char in "[]:*?/\\" else char for char in str(name or "")).strip("' ")[:31] or "1"
    candidate, number = clean, 2
    while candidate.casefold() in taken:
        suffix = f" {number}"
        candidate, number = clean[: 31 - len(suffix)] + suffix, number + 1
    taken.add(candidate.casefold())
    return candidate


def _write_sheet(worksheet, sheet, styles):
    row_number = 0
    if sheet.title:
        worksheet.write_string(row_number, 0, str(sheet.title), styles.title)
        row_number += 1
    for note in sheet.notes:
        worksheet.write_string(row_number, 0, str(note), styles.note)
        row_number += 1
    widths = [_width(column.label) for column in sheet.columns]
    for index, column in enumerate(sheet.columns):
        worksheet.write_string(row_number, index, str(column.label), styles.head)
    head_row = row_number
    totals = [0] * len(sheet.columns)
    for count, row in enumerate(sheet.rows):
        if count >= MAX_ROWS:
            raise ValueError("too many rows for one sheet")
        row_number += 1
        for index, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write_cell(worksheet, row_number, index, value, column.kind, styles.cell[column.kind])
            if column.total and value:
                totals[index] += value
            if count < 200:
                widths[index] = max(widths[index], _width(value) if column.kind == "text" else 12)
    worksheet.freeze_panes(head_row + 1, 0)
    if row_number > head_row and sheet.columns:
        worksheet.autofilter(head_row, 0, row_number, len(sheet.columns) - 1)
    if any(column.total for column in sheet.columns):
        _write_totals(worksheet, row_number + 1, sheet, totals, styles)
    for index, column in enumerate(sheet.columns):
        worksheet.set_column(index, index, column.width or min(max(widths[index], 8), 40) + 2)
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(head_row)


def _write_totals(worksheet, row_number, sheet, totals, styles):
    for index, column in enumerate(sheet.columns):
        if column.total:
            value = round(totals[index], 2) if column.kind == "money" else totals[index]
            worksheet.write_number(row_number, index, value, styles.total[column.kind])
        else:
            worksheet.write_string(
                row_number, index, str(sheet.total_label) if index == 0 else "", styles.total["text"]
            )


def _write_cell(worksheet, row, column, value, kind, style):
    if value is None or (value is False and kind != "text"):
        worksheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        worksheet.write_string(row, column, "✓" if value else "", style)
    elif isinstance(value, datetime):
        worksheet.write_datetime(row, column, value.replace(tzinfo=None), style)
    elif isinstance(value, date):
        worksheet.write_datetime(row, column, datetime(value.year, value.month, value.day), style)
    elif kind != "text" and isinstance(value, (int, float)):
        worksheet.write_number(row, column, value, style)
    else:
        worksheet.write_string(row, column, str(value)[:32767], style)


def _width(value):
    """Roughly how many columns a text takes: a Chinese character is as wide as two letters."""
    text = "" if value in (None, False) else str(value)
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text[:60])
