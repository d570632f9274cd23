from odoo import fields, models

SYSTEM = "base.group_system"


class CertificateCertificate(models.Model):
    """Interface administrators choose a certificate and see until when it is valid, but never what is in it."""

    _inherit = "certificate.certificate"

    content = fields.Binary(groups=SYSTEM)
    pkcs12_password = fields.Char(groups=SYSTEM)


class CertificateKey(models.Model):
    _inherit = "certificate.key"

    content = fields.Binary(groups=SYSTEM)
    password = fields.Char(groups=SYSTEM)
    pem_key = fields.Binary(groups=SYSTEM)
