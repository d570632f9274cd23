from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalPayMerchant(models.Model):
    """The hospital as a channel knows it, one per channel and campus."""

    _name = "hospital.pay.merchant"
    _description = "Payment merchant"
    _order = "channel_id, campus_id, id"

    name = fields.Char(required=True)
    channel_id = fields.Many2one(
        "hospital.pay.channel", required=True, ondelete="restrict", domain="[('kind', 'in', ('online', 'manual'))]"
    )
    campus_id = fields.Many2one(
        "hospital.campus",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user._hospital_campus(),
    )
    company_id = fields.Many2one(related="campus_id.company_id", store=True, index=True)
    platform_id = fields.Many2one(
        "hospital.platform",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('company_id', '=', company_id)]",
        groups="hospital_exchange.group_exchange_operator",
    )
    merchant_number = fields.Char(help="The number under which the channel knows the hospital.")
    vendor = fields.Char(help="Who runs the line to the channel: the channel itself, a bank, a service provider.")
    active = fields.Boolean(default=True)

    _live_unique = models.UniqueIndex(
        "(channel_id, campus_id) WHERE active",
        "This campus has a merchant of this channel already. Archive it before you add another one.",
    )

    # === CONSTRAINTS ===

    @api.constrains("channel_id", "platform_id", "campus_id")
    def _check_platform(self):
        for merchant in self.sudo():  # who edits merchants need not read platforms
            platform = merchant.platform_id
            if platform and merchant.channel_id.kind != "online":
                raise ValidationError(
                    self.env._("%s has no platform: only payment platforms are called.", merchant.channel_id.name)
                )
            if platform and platform.company_id != merchant.campus_id.company_id:
                raise ValidationError(self.env._("The platform of %s belongs to another hospital.", merchant.name))

    # === BUSINESS ===

    @api.model
    def _for(self, channel, campus):
        """The live merchant of a channel at a campus."""
        return self.search([("channel_id", "=", channel.id), ("campus_id", "=", campus.id)], limit=1)

    @api.model
    def _campus_of(self, channel):
        """A campus that has a merchant of the channel, for what belongs to no campus."""
        return self.search([("channel_id", "=", channel.id)], order="campus_id, id", limit=1).campus_id
