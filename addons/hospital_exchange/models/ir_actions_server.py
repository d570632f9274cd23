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
        domain="[('platform_id.mode', '!=', 'disabled'), ('direction', 'not in', ('in', 'view')), "
        "'|', ('model_id', '=', False), ('model_id', '=', model_id)]",
        help="The interface that is called for each record.",
    )
    exchange_explanation = fields.Text(compute="_compute_exchange_explanation")

    # === COMPUTE ===

    @api.depends("exchange_interface_id", "state")
    def _compute_exchange_explanation(self):
        for action in self:
            interface = action.exchange_interface_id if action.state == "exchange" else None
            action.exchange_explanation = action._explain_exchange(interface) if interface else False

    def _explain_exchange(self, interface):
        """What happens when the action runs, one sentence per line."""
        if interface.direction == "link":
            return self.env._("It opens the link for one record, with a ticket that is good once.")
        _platform_sudo = interface.sudo().platform_id  # who sets up actions need not be allowed to read platforms
        modes = dict(_platform_sudo._fields["mode"]._description_selection(self.env))
        sentences = [
            self.env._(
                "%(platform)s is in the mode “%(mode)s” now.",
                platform=_platform_sudo.name,
                mode=modes[_platform_sudo.mode],
            ),
            self.env._(
                "Every record is sent at once and the person waits for the answer. When the platform says no, the "
                "person reads its words and nothing is saved."
            )
            if interface.timing == "now"
            else self.env._(
                "A message is queued for every record and leaves as soon as the work is saved. Nobody waits; what "
                "fails is in the list of messages."
            ),
            {
                "read": self.env._("It only reads: running it again asks again."),
                "upsert": self.env._("Running it again sends the record as it is then."),
                "once": self.env._("A record that was sent is not sent a second time, however often this runs."),
            }[interface.effect],
        ]
        if interface.model_id:
            sentences.append(
                self.env._("In a scheduled action it sends the records that the interface's own filter finds.")
            )
        return "\n".join(sentences)

    # === WARNINGS AND NAME ===

    @api.onchange("exchange_interface_id")
    def _onchange_exchange_interface_id(self):
        """Not by dependencies: when they go, Odoo takes what depends on them out of scheduled actions as well."""
        self._compute_warning()
        self._compute_name()

    def _get_warning_messages(self):
        self.ensure_one()
        warnings = super()._get_warning_messages()
        if self.state == "exchange":
            interface = self.exchange_interface_id
            if not interface:
                warnings.append(self.env._("Choose the interface to call."))
            elif interface.model_id and interface.model_id != self.model_id:
                warnings.append(self.env._("The interface sends records of another model than this action."))
            elif interface.direction in ("in", "view"):
                warnings.append(self.env._("This interface is not called from here. Choose one that calls out."))
        return warnings

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "exchange" and self.exchange_interface_id:
            return self.env._("Call %s", self.exchange_interface_id.display_name)
        return super()._generate_action_name()

    # === BUSINESS ===

    def _run_action_exchange_multi(self, eval_context=None):
        """Records: each is queued or called, as the interface says. None, in a schedule: its domain finds them."""
        interface = self.exchange_interface_id
        records = (eval_context or {}).get("records") or (eval_context or {}).get("record")
        if interface.direction == "link":
            return interface.with_env(self.env)._link_action(records[:1] if interface.sudo().model else None)
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
