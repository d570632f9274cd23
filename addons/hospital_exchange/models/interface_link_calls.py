from dataclasses import dataclass
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.call import Call
from ..tools.errors import CallError
from ..tools.perform import perform
from ..tools.tickets import TicketError

NOW = SQL("clock_timestamp() AT TIME ZONE 'UTC'")


@dataclass
class LinkCall(Call):
    """A link that a person is given."""

    user: Any = None
    campus: Any = None


class HospitalInterface(models.Model):
    """Links to other systems, and their questions about the tickets in them."""

    _inherit = "hospital.interface"

    link_template_ids = fields.One2many("hospital.interface.link", "interface_id", "Addresses", copy=True)
    link_target = fields.Selection(
        [("new", "In a new tab"), ("frame", "Inside the page")], "Opens", required=True, default="new"
    )

    def _link(self, record=None, **extra):
        """The address for this record and the person at work, good for one use and a short time.

        It is kept as a message like any call, in the transaction of the caller.
        """
        self.ensure_one()
        _sudo = self.sudo()  # a clerk follows a link without a right to read platforms
        if error := _sudo._link_error():
            raise CallError("config", error.sentence, error.detail)
        has_payload = record is not None and (_sudo._has_builder(record) or _sudo._has_request_fields())
        payload = _sudo._build(record, **extra) if has_payload else {}
        campus = getattr(record, "campus_id", None)
        is_campus = campus is not None and campus._name == "hospital.campus"
        call = LinkCall(
            _sudo.platform_id,
            _sudo,
            payload,
            number=_sudo._numbers(1)[0],
            user=self.env.user,
            campus=campus.sudo() if is_campus else self.env["hospital.campus"],
        )
        outcome = perform(self.env["hospital.protocol.link"].sudo(), call)
        if outcome.error:
            sentence = outcome.error.sentence or self.env._("The link to %s cannot be made.", _sudo.platform_id.name)
            raise CallError(outcome.kind, sentence, outcome.error.detail)
        self._keep_link(_sudo, record, call, outcome)
        return outcome.result.reply["url"]

    def _link_error(self):
        platform = self.platform_id
        if self.direction != "link" or not self.active:
            return self._config_error(f"interface {self.code} is no link")
        return platform._setup_error() if platform.mode == "disabled" or not platform.active else None

    def _keep_link(self, _sudo, record, call, outcome):
        """Who was given which link when; the ticket itself is kept nowhere."""
        vals = _sudo._prepare_message_vals(record, f"{self.code}~{call.number}", None, call.payload)
        message = _sudo.env["hospital.message"]._create_checked([{**vals, "key": call.number, "number": call.number}])
        message._step("sending", claimed_by="call", claimed_at=NOW, sent_at=NOW, try_count=1)
        url = outcome.result.reply["url"]
        outcome.result.reply = {}
        message._settle(outcome, _sudo, waited=True)
        outcome.result.reply = {"url": url}

    # === FROM THE SCREEN ===

    @api.model
    def hospital_link(self, interface_id, res_model=False, res_id=False):
        """The address for a record the person may read; asked for anew whenever a link is opened."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Links to other systems are for the people of the hospital."))
        _sudo = self.browse(interface_id).sudo().exists()  # read for what it is; the record is read with the own rights
        if not _sudo or _sudo.direction != "link" or (_sudo.model or False) != (res_model or False):
            raise UserError(self.env._("There is no such link for this. Ask the interface administrator."))
        if (
            _sudo.company_id not in self.env.companies
            or _sudo.platform_id.campus_id - self.env.user.hospital_campus_ids
        ):
            raise AccessError(self.env._("This link is for the people of another campus."))
        record = None
        if res_model:
            record = self.env[res_model].browse(res_id).exists()
            record.check_access("read")
            if not record:
                raise UserError(self.env._("The record is not there any more."))
        return self.browse(interface_id)._link(record)

    def _link_action(self, record=None):
        """Opens the link in a new tab, or inside the page."""
        self.ensure_one()
        _sudo = self.sudo()
        about = (self.id, record._name if record is not None else False, record.id if record is not None else False)
        if _sudo.link_target == "new":
            return {"type": "ir.actions.act_url", "url": self.hospital_link(*about), "target": "new"}
        params = dict(zip(("link", "link_model", "link_record"), about, strict=True), link_name=_sudo.name)
        return {"type": "ir.actions.client", "tag": "hospital_exchange_link", "name": _sudo.name, "params": params}

    # === QUESTIONS OF THE OTHER SIDE ===

    def _receive_ticket(self, payload):
        """A call in with the code `ticket`: whose ticket is this? Answered once."""
        _sudo = self.sudo()  # the user of a platform reads no platforms
        try:
            claims = _sudo.platform_id._check_ticket(str(payload.get("ticket") or ""))
        except TicketError as error:
            raise CallError(
                "business", _sudo.platform_id._ticket_sentence(error), code=f"ticket_{error.reason}"
            ) from None
        return {name: claims.get(name, "") for name in ("sub", "name", "campus", "code", "no")}
