import io
from datetime import date, datetime

from odoo.tests import BaseCase, tagged
from openpyxl import load_workbook

from ..tools.xlsx import Column, Sheet, write_workbook


def read(content):
    return load_workbook(io.BytesIO(content))


@tagged("post_install", "-at_install")
class TestXlsx(BaseCase):
    def test_every_kind_of_value_comes_back_as_written(self):
        columns = [
            Column("项目"),
            Column("数量", "number"),
            Column("金额", "money", total=True),
            Column("日期", "date"),
            Column("时间", "datetime"),
            Column("是", "text"),
        ]
        rows = [
            ["静脉采血", 1.5, 12.3, date(2026, 3, 1), datetime(2026, 3, 1, 8, 30), True],
            ["床位费", 2, 0.1, None, None, False],
        ]
        sheet = read(
            write_workbook([Sheet("费用", columns, rows, title="费用清单", notes=["张三"], total_label="合计")])
        ).active
        self.assertEqual(sheet.title, "费用")
        self.assertEqual(
            [cell.value for cell in sheet["A"]], ["费用清单", "张三", "项目", "静脉采血", "床位费", "合计"]
        )
        self.assertEqual(
            [cell.value for cell in sheet[4]],
            ["静脉采血", 1.5, 12.3, datetime(2026, 3, 1), datetime(2026, 3, 1, 8, 30), "✓"],
        )
        self.assertEqual([cell.value for cell in sheet[5]][:4], ["床位费", 2, 0.1, None])
        self.assertEqual(sheet["C6"].value, 12.4)
        self.assertEqual(sheet["C6"].number_format, "#,##0.00")
        self.assertEqual(sheet["D4"].number_format, "yyyy-mm-dd")
        self.assertEqual(sheet.freeze_panes, "A4")

    def test_text_never_becomes_a_formula_a_link_or_a_number(self):
        texts = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            '=HYPERLINK("http://example.com")',
            "http://example.com",
            "007",
            "{=1}",
        ]
        sheet = read(write_workbook([Sheet("1", ["t"], [[text] for text in texts])])).active
        for cell, text in zip(sheet["A"][1:], texts, strict=True):
            self.assertEqual((cell.value, cell.data_type, cell.hyperlink), (text, "s", None))

    def test_names_of_sheets_are_made_valid_and_unique(self):
        names = ["一/二:三*?[x]", "x" * 40, "x" * 35, "", "'", "X" * 31]
        book = read(write_workbook([Sheet(name, ["a"], []) for name in names]))
        self.assertEqual(len({name.casefold() for name in book.sheetnames}), len(names))
        self.assertTrue(all(0 < len(name) <= 31 for name in book.sheetnames))

    def test_a_row_of_the_wrong_length_is_refused(self):
        with self.assertRaises(ValueError):
            write_workbook([Sheet("1", ["a", "b"], [["x"]])])

    def test_money_totals_are_not_off_by_binary_fractions(self):
        sheet = read(write_workbook([Sheet("1", [Column("a", "money", total=True)], [[0.1]] * 3)])).active
        self.assertEqual(sheet["A5"].value, 0.3)
