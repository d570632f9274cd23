import json

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.errors import ExchangeError
from ..tools.field_build import Build

ADMIN = "hospital_exchange.group_exchange_admin"


class HospitalFieldTest(models.TransientModel):
    """What would be sent for a record, before anything is sent. Nothing of it is stored; each look is logged."""

    _name = "hospital.field.test"
    _description = "Test of field lines"

    interface_id = fields.Many2one("hospital.interface", required=True, ondelete="cascade")
    line_id = fields.Many2one(
        "hospital.interface.field",
        "Only the line",
        ondelete="cascade",
        domain="[('interface_id', '=', interface_id), ('part', '=', 'request')]",
    )
    model = fields.Char(related="interface_id.model")
    res_id = fields.Many2oneReference("Record", model_field="model")
    outcome = fields.Selection(
        [("good", "Can be sent"), ("faults", "Cannot be sent")], compute="_compute_result", readonly=True
    )
    faults = fields.Text("What is wrong", compute="_compute_result")
    values_html = fields.Html("Line by line", compute="_compute_result", sanitize=False)
    payload_text = fields.Text("Payload", compute="_compute_result")

    @api.depends("interface_id", "line_id", "res_id")
    def _compute_result(self):
        """The value of every line and its fault. Whoever reads the result leaves a row in the access log."""
        for wizard in self:
            wizard.outcome = wizard.faults = wizard.values_html = wizard.payload_text = False
            if not wizard.res_id or not wizard.model:
                continue
            wizard._check_may_look()
            self.env["hospital.access.log"]._log(
                "reveal", wizard._record(), field_names="payload", detail=wizard.interface_id.code
            )
            faults, payload, trace = wizard._try_lines()
            wizard.outcome = "faults" if faults else "good"
            wizard.faults = "\n".join(faults)
            wizard.values_html = wizard._rows_html(trace)
            wizard.payload_text = json.dumps(payload, ensure_ascii=False, indent=2, default=str) if payload else False

    def _check_may_look(self):
        if not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("Only interface administrators look at payloads before they are sent."))
        if not self._record().exists():
            raise UserError(self.env._("The record is gone. Choose another one."))
        self._record().check_access("read")

    def _record(self):
        return self.env[self.model].browse(self.res_id)

    def _try_lines(self):
        """(sentences, payload, what became of each line); by the builder of the interface where it has one."""
        interface, record = self.interface_id, self._record()
        if interface._has_builder(record) and not self.line_id:
            try:
                return [], interface._build(record), []
            except ExchangeError as error:
                return [error.sentence or error.detail], None, []
        tree = interface._field_tree("request")
        if tree is None:
            return [self.env._("The interface has no request lines yet.")], None, []
        build = Build(interface, record, interface._given(record, {}), trace=True)
        payload = build.run(tree)
        faults, trace = build.faults, build.trace
        if self.line_id:
            faults = [fault for fault in faults if fault.line and fault.line.id == self.line_id.id]
            trace = [row for row in trace if row[0] == self.line_id.id]
            payload = None
        return list(dict.fromkeys(interface._sentences(faults))), payload, trace

    def _rows_html(self, trace):
        lines = self.env["hospital.interface.field"].browse(row[0] for row in trace)
        rows = Markup().join(
            Markup('<tr class="%s"><td>%s</td><td>%s</td><td><code>%s</code></td><td>%s</td></tr>')
            % (
                "table-danger" if fault else "",
                " · ".join((*where, line.name)),
                line.path,
                "" if wire is None else json.dumps(wire, ensure_ascii=False, default=str),
                self.interface_id._fault_sentence(fault) if fault else "",
            )
            for line, (_id, where, wire, fault) in zip(lines, trace, strict=True)
        )
        return rows and Markup(
            '<table class="table table-sm o_field_test"><thead><tr><th>%s</th><th>%s</th><th>%s</th><th>%s</th></tr>'
            "</thead><tbody>%s</tbody></table>"
        ) % (self.env._("Field"), self.env._("Path"), self.env._("Value"), self.env._("What is wrong"), rows)
