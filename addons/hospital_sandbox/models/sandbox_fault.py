import random

from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("slow", "Answers late"),
    ("hang", "Never answers"),
    ("lose_before", "Loses the request"),
    ("lose_after", "Does the work and loses the answer"),
    ("cut_off", "Cut off in the middle of the answer"),
    ("error", "Answers HTTP 500"),
    ("garbage", "Answers garbage"),
    ("duplicate", "Says it has it already"),
    ("refuse", "Says no"),
]


class HospitalSandboxFault(models.Model):
    """What the far side is told to do wrong."""

    _name = "hospital.sandbox.fault"
    _description = "Fault of the sandbox"
    _order = "sequence, id"
    _rec_name = "kind"

    sequence = fields.Integer(default=10)
    platform_id = fields.Many2one(
        "hospital.platform", required=True, index=True, ondelete="cascade", domain="[('mode', '=', 'sandbox')]"
    )
    interface_id = fields.Many2one(
        "hospital.interface",
        ondelete="cascade",
        domain="[('platform_id', '=', platform_id), ('direction', '=', 'out')]",
        help="Empty: every interface of the platform.",
    )
    kind = fields.Selection(KINDS, required=True, default="lose_after")
    seconds = fields.Integer(default=10)
    code = fields.Char(help="The code the platform says no with, or the HTTP status.")
    words = fields.Char(help="The words the platform says no with.")
    does_work = fields.Boolean("Does the work nevertheless")
    probability = fields.Float("How often (%)", default=100.0, required=True)
    times = fields.Integer("At most (times)", help="0: without an end.")
    used = fields.Integer("Times played", readonly=True, copy=False, compute="_compute_used")
    spent = fields.Integer(readonly=True, copy=False, default=0, required=True)
    seed = fields.Integer(help="The same number gives the same luck to the same calls. 0: real chance.")
    active = fields.Boolean("On", default=True)
    note = fields.Char()

    _seconds_sane = models.Constraint("CHECK (seconds BETWEEN 0 AND 300)", "Enter between 0 and 300 seconds.")
    _probability_sane = models.Constraint("CHECK (probability BETWEEN 0 AND 100)", "Enter between 0 and 100 %.")
    _times_positive = models.Constraint("CHECK (times >= 0)", "Enter how often the fault is played, or 0.")

    # === COMPUTE ===

    def _compute_used(self):
        rows = (
            self.env["hospital.sandbox.call"]
            .sudo()
            ._read_group(  # a number, not what was called
                [("fault_id", "in", self.ids)], ["fault_id"], ["__count"]
            )
        )
        counts = {fault.id: count for fault, count in rows}
        for fault in self:
            fault.used = counts.get(fault.id, 0)

    @api.depends("kind", "interface_id", "platform_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for fault in self:
            where = fault.interface_id.display_name or fault.platform_id.display_name or ""
            fault.display_name = f"{kinds.get(fault.kind, '')} · {where}"

    # === CRUD ===

    def write(self, vals):
        if vals.get("active") or "times" in vals:
            vals = {**vals, "spent": 0}  # switched on again it begins anew
        return super().write(vals)

    # === BUSINESS ===

    @api.model
    def _pick(self, visit):
        """The fault that befalls this call, or none."""
        for fault in self.search([("platform_id", "=", visit.platform.id)]):
            if fault.interface_id and fault.interface_id != visit.interface:
                continue
            if fault._befalls(visit) and fault._take_turn():
                return fault
        return self.browse()

    def _befalls(self, visit):
        self.ensure_one()
        if self.probability >= 100:
            return True
        if not self.seed:
            return random.uniform(0, 100) < self.probability  # noqa: S311 luck, no secret
        seen = self.env["hospital.sandbox.call"].search_count(
            [("platform_id", "=", visit.platform.id), ("number", "=", visit.number)]
        )
        luck = random.Random(f"{self.seed}/{self.id}/{visit.number}/{seen}")  # noqa: S311
        return luck.uniform(0, 100) < self.probability

    def _take_turn(self):
        """Count down where there is an end; of two calls at the same moment one gets the last turn."""
        self.ensure_one()
        if not self.times:
            return True
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "UPDATE hospital_sandbox_fault SET spent = spent + 1 WHERE id = %s AND spent < times RETURNING id",
                self.id,
            )
        )
        self.invalidate_recordset(["spent"], flush=False)
        return bool(rows)
