from odoo import models
from odoo.exceptions import AccessError

from ..tools.xlsx import write_workbook


class HospitalXlsxMixin(models.AbstractModel):
    """What can be downloaded as Excel: say which sheets in `_xlsx_sheets`, put a button on `action_xlsx`."""

    _name = "hospital.xlsx.mixin"
    _description = "Excel Download"
    _xlsx_groups = None
    """Comma separated groups that may download; empty: everyone who may read the records."""

    def action_xlsx(self):
        """Download these records' workbook."""
        return self._xlsx_action("")

    def _xlsx_action(self, report):
        """The same for one of several workbooks of the model, named ``report``."""
        data = {"ids": ",".join(map(str, self.ids)), "report": report}
        return {
            "type": "ir.actions.client",
            "tag": "hospital_download",
            "params": {"url": f"/hospital/xlsx/{self._name}", "data": data},
        }

    def _xlsx_sheets(self, report=""):
        """The sheets (tools.xlsx.Sheet) of the workbook ``report`` for these records."""
        raise NotImplementedError

    def _xlsx_filename(self, report=""):
        return self._description

    def _xlsx_check(self):
        """Raise when the user may not download these records."""
        self.check_access("read")
        if self._xlsx_groups and not any(
            self.env.user.has_group(group.strip()) for group in self._xlsx_groups.split(",")
        ):
            raise AccessError(
                self.env._("Your role does not allow this download. Ask the administrator for the right role.")
            )

    def _xlsx_log(self, report=""):
        """Called on every download; models that show patients log it."""

    def _xlsx_file(self, report=""):
        """(file name, bytes) of the workbook, after checking rights and logging the download."""
        self._xlsx_check()
        self._xlsx_log(report)
        return self._xlsx_filename(report) + ".xlsx", write_workbook(self._xlsx_sheets(report))
