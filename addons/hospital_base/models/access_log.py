from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.append_only import make_append_only


class HospitalAccessLog(models.Model):
    _name = "hospital.access.log"
    _description = "Access log"
    _order = "id desc"
    _rec_name = "model"
    _log_access = False

    at = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True, ondelete="restrict", index=True)
    action = fields.Selection(
        [
            ("reveal", "Number shown"),
            ("export", "Exported"),
            ("print", "Printed"),
            ("merge", "Merged"),
        ],
        "What",
        required=True,
        readonly=True,
    )
    model = fields.Char(required=True, readonly=True)
    model_name = fields.Char("Kind of record", compute="_compute_model_name")
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    res_ids_count = fields.Integer("Number of records", readonly=True, default=1)
    field_names = fields.Char("Fields", readonly=True)
    detail = fields.Char(readonly=True)
    ip = fields.Char("IP address", readonly=True)

    _record_idx = models.Index("(model, res_id)")

    def init(self):
        make_append_only(self.env, self._table)

    @api.depends("model")
    def _compute_model_name(self):
        for log in self:
            log.model_name = self.env["ir.model"]._get(log.model).name or log.model

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(self.env._("Rows of the access log are written by the system alone."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The access log cannot be changed."))

    def unlink(self):  # pylint: disable=method-required-super
        # uninstalling drops the table and deletes no row
        raise UserError(self.env._("The access log cannot be deleted."))  # pylint: disable=no-raise-unlink

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }

    @api.model
    def _log(self, action, records, field_names=None, detail=None):
        """One row about ``records``, in the transaction of the caller: no row, no data."""
        _sudo = self.sudo()  # nobody may write the log, everybody leaves rows in it
        return _sudo.create(
            {
                "user_id": self.env.uid,
                "action": action,
                "model": records._name,
                "res_id": records.id if len(records) == 1 else False,
                "res_ids_count": len(records),
                "field_names": field_names,
                "detail": detail,
                "ip": request.httprequest.remote_addr if request else False,
            }
        )
