from odoo import models


class HospitalSandbox(models.AbstractModel):
    """The far side of a platform, asleep until the addon hospital_sandbox is installed.

    A platform addon puts its own beside its protocol: `hospital.sandbox.<code of the platform>`, which inherits this
    one or that of its family and overrides what the platform does differently. So it needs no addon but this one.
    """

    _name = "hospital.sandbox"
    _description = "Far side of a platform"
