from odoo import fields, models


class HospitalInterfaceLinkTemplate(models.Model):
    """Where a link leads, for one campus or for all."""

    _name = "hospital.interface.link"
    _description = "Address of a link"
    _order = "interface_id, campus_id, id"

    interface_id = fields.Many2one("hospital.interface", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="interface_id.company_id", store=True)
    campus_id = fields.Many2one("hospital.campus", ondelete="cascade", help="Empty: every campus without its own line.")
    template = fields.Char(
        required=True,
        help="An address with {url}, {ticket}, {user}, {campus}, {number}, {app} and fields of the payload in it, such "
        "as {url}/report?no={no}&ticket={ticket}.",
    )

    _campus_unique = models.UniqueIndex(
        "(interface_id, COALESCE(campus_id, 0))", "The link has an address for this campus already. Change that line."
    )
