import csv
import hashlib
import re

from odoo import api, fields, models
from odoo.tools import file_open


class HospitalCodeSet(models.Model):
    """A code table, national or of the hospital: sexes, nationalities, diagnoses, titles."""

    _name = "hospital.code.set"
    _description = "Code set"
    _inherit = ["hospital.archive.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    code = fields.Char(required=True, copy=False, help="Short technical name by which the software finds the set.")
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True, help="Which standard the codes come from and what they are used for.")
    show_code = fields.Boolean(
        string="Code before the name", help="Show the code in front of the name wherever a code of this set is chosen."
    )
    note = fields.Text()
    code_ids = fields.One2many("hospital.code", "set_id", string="Codes")
    code_count = fields.Integer(compute="_compute_code_count")
    shipped_digest = fields.Char(
        readonly=True, copy=False, help="Which edition of the codes that come with the software was loaded last."
    )

    _code_unique = models.Constraint("UNIQUE (code)", "Another code set has this code already. Choose another code.")

    @api.depends("code_ids")
    def _compute_code_count(self):
        counts = dict(self.env["hospital.code"]._read_group([("set_id", "in", self.ids)], ["set_id"], ["__count"]))
        for code_set in self:
            code_set.code_count = counts.get(code_set._origin, 0)

    def action_view_codes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_code")
        action.update(domain=[("set_id", "=", self.id)], context={"default_set_id": self.id}, display_name=self.name)
        return action

    @api.model
    def _load_codes(self, module, set_code):
        """Add the codes an addon ships in data/codes/<set>.csv (code, name, alt_code, parent).

        Codes that are there stay as the hospital edited them, and what it deleted stays away until the
        addon ships another edition of the file.
        """
        with file_open(f"{module}/data/codes/{set_code}.csv") as file:
            text = file.read()
        code_set = self.with_context(active_test=False).search([("code", "=", set_code)], limit=1)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if not code_set or code_set.shipped_digest == digest:
            return
        codes = {code.code: code for code in code_set.with_context(active_test=False).code_ids}
        rows = list(csv.DictReader(text.splitlines()))
        for level in (False, True):  # a parent stands before its children, two levels deep
            vals_list = [
                {
                    "set_id": code_set.id,
                    "code": row["code"],
                    "name": row["name"],
                    "alt_code": row.get("alt_code"),
                    "parent_id": codes[row["parent"]].id if row.get("parent") else False,
                    "sequence": position,
                }
                for position, row in enumerate(rows, 1)
                if bool(row.get("parent")) == level and row["code"] not in codes
            ]
            codes.update((code.code, code) for code in self.env["hospital.code"].create(vals_list))
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"{module}.code_{set_code}_{re.sub('[^a-z0-9]+', '_', row['code'].lower())}",
                    "record": codes[row["code"]],
                    "noupdate": True,
                }
                for row in rows
            ]
        )
        code_set.shipped_digest = digest
