from odoo import fields, models


class HospitalMessageKept(models.Model):
    """A row written in the transaction of the person who waited for an answer: it is there only if that work was kept.

    No foreign key: the message is written on a second cursor and is not visible to the transaction of the caller.
    """

    _name = "hospital.message.kept"
    _description = "Synchronous call whose caller committed"
    _log_access = False

    message = fields.Integer(required=True, index=True)
