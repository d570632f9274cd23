import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.redact import redact

SHOWN = 600


class HospitalPlatform(models.Model):
    """What the buttons of a platform do."""

    _inherit = "hospital.platform"

    unmapped_count = fields.Integer("Unmapped codes", compute="_compute_unmapped_count")

    # === COMPUTE ===

    def _compute_unmapped_count(self):
        domain = [("platform_id", "in", self._origin.ids), ("state", "=", "unmapped")]
        counts = dict(self.env["hospital.code.map"]._read_group(domain, ["platform_id"], ["__count"]))
        for platform in self:
            platform.unmapped_count = counts.get(platform._origin, 0)

    # === ACTIONS ===

    def action_check_health(self):
        """Ask the platform now and show what it says; a failure is the sentence of the call."""
        self.ensure_one()
        self.check_access("read")
        reply = self._check_health()
        text = redact(json.dumps(reply, ensure_ascii=False), (self.redact_keys or "").split())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("%s answers", self.name),
                "message": text[:SHOWN] if reply else self.env._("The answer is empty."),
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_messages(self):
        """The messages behind a number of the board; `exchange_filter` in the context says which."""
        self.ensure_one()
        which = self.env.context.get("exchange_filter", "all")
        domains = self._message_domains()
        if which not in domains:
            which = "all"
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_message")
        action["context"] = {}
        action["domain"] = [("platform_id", "=", self.id), *domains[which]]
        action["display_name"] = action["name"] = f"{self.name}: {self._message_titles()[which]}"
        return action

    @api.model
    def _message_titles(self):
        return {
            "all": self.env._("Messages"),
            "attention": self.env._("Needs somebody"),
            "waiting": self.env._("Waiting"),
            "unknown": self.env._("No answer"),
            "refused": self.env._("Refused today"),
            "dead": self.env._("Given up today"),
        }

    @api.model
    def _message_domains(self):
        today = ("create_date", ">=", self._day_start())
        return {
            "all": [],
            "attention": [("is_attention", "=", True)],
            "waiting": [("direction", "=", "out"), ("state", "in", ("pending", "retry"))],
            "unknown": [("state", "=", "unknown")],
            "refused": [("state", "=", "refused"), today],
            "dead": [("state", "=", "dead"), today],
        }

    def action_open_interfaces(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_interface")
        action["domain"] = [("platform_id", "=", self.id)]
        action["context"] = {"default_platform_id": self.id}
        return action

    def action_open_code_map(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("hospital_exchange.action_hospital_code_map")
        action["domain"] = [("platform_id", "=", self.id)]
        action["context"] = {
            "default_platform_id": self.id,
            **({"search_default_unmapped": 1} if self.unmapped_count else {}),
        }
        return action

    def action_change_mode(self):
        """Ask before the mode is changed; `exchange_mode` in the context says to which."""
        self.ensure_one()
        self.check_access("write")
        mode = self.env.context.get("exchange_mode")
        if mode == self.mode:
            raise UserError(self.env._("%s is in this mode already.", self.name))
        wizard = self.env["hospital.platform.mode"].create({"platform_id": self.id, "mode": mode})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the mode of %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [[False, "form"]],
            "target": "new",
        }

    # === COPY ===

    def copy_data(self, default=None):
        """A platform for another campus: what is set up, but nothing that lets us in."""
        vals_list = super().copy_data(default)
        for platform, vals in zip(self, vals_list, strict=True):
            if "code" not in (default or {}):
                vals["code"] = platform._free_code()
                vals["name"] = self.env._("%s (copy)", platform.name)
            for name in ("certificate_id", "key_id", "health_interface_id"):
                vals[name] = False
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for platform, new in zip(self, copies, strict=True):
            platform._copy_interfaces(new)
        return copies

    def _free_code(self):
        count = 2
        while self.with_context(active_test=False).sudo().search_count([("code", "=", f"{self.code}_{count}")]):
            count += 1  # sudo: a code is taken also by a platform of another hospital
        return f"{self.code}_{count}"

    def _copy_interfaces(self, new):
        """With their field lines, and among each other as they were."""
        pairs = {}
        for interface in self.with_context(active_test=False).interface_ids:
            pairs[interface] = interface.copy(
                {"platform_id": new.id, "code": interface.code, "query_interface_id": False,
                 "reversal_interface_id": False}
            )  # fmt: skip
        for interface, twin in pairs.items():
            for name in ("query_interface_id", "reversal_interface_id"):
                if other := interface[name]:
                    twin[name] = pairs[other]
        if self.health_interface_id:
            new.health_interface_id = pairs[self.health_interface_id]
