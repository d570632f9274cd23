"""The Excel workbook a person fills in before an import: headings, drop-downs, an example, every column explained."""

import io
from collections import namedtuple
from datetime import date, datetime

import xlsxwriter

LAST_ROW = 20_000  # how far down the formats and drop-downs reach
Column = namedtuple("Column", "heading kind required choices help example")


def write_template(title, columns, words):
    """The bytes of the workbook; the first sheet is the one Odoo reads.

    :param words: texts in the user's language: explanation, column, required, values, yes
    """
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties({"created": datetime(2026, 1, 1)})  # the same columns give the same file
    base = {"font_name": "Noto Sans CJK SC", "font_size": 10}
    head = workbook.add_format({**base, "bold": True, "bg_color": "#E7EEF0", "bottom": 1})
    must = workbook.add_format({**base, "bold": True, "bg_color": "#E7EEF0", "bottom": 1, "font_color": "#B00020"})
    text = workbook.add_format({**base, "num_format": "@"})
    day = workbook.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"})
    plain = workbook.add_format(base)
    wrapped = workbook.add_format({**base, "text_wrap": True, "valign": "top"})
    formats = {"text": text, "date": day, "number": plain}

    data = workbook.add_worksheet(_sheet_name(title))
    lists = workbook.add_worksheet("_")
    for index, column in enumerate(columns):
        data.write_string(0, index, column.heading, must if column.required else head)
        data.set_column(
            index, index, max(12, _width(column.heading) + 4, _width(column.example) + 2), formats[column.kind]
        )
        if column.help:
            data.write_comment(0, index, column.help, {"x_scale": 2})
        if column.choices:
            lists.write_column(0, index, column.choices)
            letter = xlsxwriter.utility.xl_col_to_name(index)
            data.data_validation(
                1,
                index,
                LAST_ROW,
                index,
                {
                    "validate": "list",
                    "source": f"=_!${letter}$1:${letter}${len(column.choices)}",
                    "error_type": "warning",
                },
            )
        _write_example(data, index, column, formats)
    data.freeze_panes(1, 0)
    lists.hide()

    notes = workbook.add_worksheet(_sheet_name(words["explanation"]))
    notes.set_column(0, 0, 26)
    notes.set_column(1, 1, 10)
    notes.set_column(2, 3, 60)
    for index, key in enumerate(("column", "required", "explanation", "values")):
        notes.write_string(0, index, words[key], head)
    for row, column in enumerate(columns, 1):
        shown = column.choices if len(column.choices) <= 30 else [*column.choices[:30], "…"]
        cells = (column.heading, words["yes"] if column.required else "", column.help or "", ", ".join(shown))
        for index, cell in enumerate(cells):
            notes.write_string(row, index, cell, wrapped)
    workbook.close()
    return stream.getvalue()


def _write_example(sheet, index, column, formats):
    value = column.example
    if value in (None, False, ""):
        return
    if isinstance(value, date):
        sheet.write_datetime(1, index, value, formats["date"])
    elif isinstance(value, (int, float)):
        sheet.write_number(1, index, value, formats["number"])
    else:
        sheet.write_string(1, index, value, formats[column.kind])


def _sheet_name(name):
    return "".join(" " if char in "[]:*?/\\'" else char for char in name)[:31] or "1"


def _width(value):
    return sum(2 if ord(char) > 0x2E7F else 1 for char in str(value or ""))
