from odoo import api, models
from odoo.tools import LazyTranslate

from ..tools.errors import ExchangeError

_lt = LazyTranslate(__name__)


class HospitalProtocolView(models.AbstractModel):
    """The platform reads views in our database with a role of its own; nothing is sent."""

    _name = "hospital.protocol.view"
    _inherit = "hospital.protocol"
    _description = "Protocol: views"
    _protocol_label = _lt("Views")

    @api.model
    def _call(self, call):
        raise ExchangeError(
            "config",
            self.env._("%s reads views of this database; nothing is sent to it.", call.platform.name),
            detail=f"interface {call.interface.code} of a platform that only reads views was called",
        )
