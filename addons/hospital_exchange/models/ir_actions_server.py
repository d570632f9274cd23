from odoo import api, fields, models


class IrActionsServer(models.Model):
    """A server action that calls a platform: for buttons, automation rules and scheduled actions, without code."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("exchange", "Call an external platform"), ("followers",)], ondelete={"exchange": "cascade"}
    )
    exchange_interface_id = fields.Many2one(
        "hospital.interface",
        "Interface",
        ondelete="restrict",
        index="btree_not_null",
        domain="['|', ('model_id', '=', False), ('model_id', '=', model_id)]",
    )

    @api.model
    def _warning_depends(self):
        return [*super()._warning_depends(), "exchange_interface_id"]

    def _get_warning_messages(self):
        self.ensure_one()
        warnings = super()._get_warning_messages()
        if self.state == "exchange":
            interface = self.exchange_interface_id
            if not interface:
                warnings.append(self.env._("Choose the interface to call."))
            elif interface.model_id and interface.model_id != self.model_id:
                warnings.append(self.env._("The interface sends records of another model than this action."))
        return warnings

    def _name_depends(self):
        return [*super()._name_depends(), "exchange_interface_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "exchange" and self.exchange_interface_id:
            return self.env._("Call %s", self.exchange_interface_id.display_name)
        return super()._generate_action_name()

    def _run_action_exchange_multi(self, eval_context=None):
        """Records: each is queued or called, as the interface says. None, in a schedule: its domain finds them."""
        interface = self.exchange_interface_id
        records = (eval_context or {}).get("records") or (eval_context or {}).get("record")
        _sudo = interface.sudo()  # who may run the action may have the call made
        if not records:
            if interface.model:
                _sudo._run_scheduled()
            elif interface.timing == "now":
                _sudo.with_env(self.env)._call()
            else:
                _sudo._queue()
        elif interface.timing == "now":
            for record in records:
                interface.with_env(self.env)._call(record)
        else:
            _sudo._queue(records)
        return False
