from odoo import fields, models

from ..tools.signing import SCHEMES


class HospitalPlatform(models.Model):
    """With what calls to a platform are signed and calls from it are checked."""

    _inherit = "hospital.platform"

    signing = fields.Selection(
        SCHEMES,
        "Signature",
        required=True,
        default="none",
        tracking=True,
        help="Our key is the secret sign_key; theirs, where both sides do not hold the same one, is peer_key.",
    )

    def _app(self):
        """The name under which the platform knows us."""
        return self._parameter("app") or self.code

    def _sign_key(self):
        """What we sign with; None when nothing is signed."""
        return self._secret("sign_key") if self.signing != "none" else None
