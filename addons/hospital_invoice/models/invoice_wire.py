import re

from odoo import api, fields, models

SEXES = {"1": "男", "2": "女"}
UNKNOWN_SEX = "未知"
CARD = "3101"
MOBILE = re.compile(r"(?:\+?86)?(1\d{10})")


class HospitalInvoice(models.Model):
    """What the field lines of the platform read and no column holds."""

    _inherit = "hospital.invoice"

    blue_id = fields.Many2one("hospital.invoice", "The bill itself", compute="_compute_wire")
    payer_sex = fields.Char("Sex of the payer", compute="_compute_wire")
    payer_document = fields.Char("Document of the payer", compute="_compute_wire", groups=fields.NO_ACCESS)
    payer_phone = fields.Char("Phone of the payer", compute="_compute_wire", groups=fields.NO_ACCESS)
    payer_card_type = fields.Char("Type of card", compute="_compute_wire")
    payer_card_number = fields.Char("Card of the payer", compute="_compute_wire")
    visit_start_at = fields.Datetime("Start of the visit", compute="_compute_wire")

    @api.depends(
        "original_id",
        "patient_id.sex",
        "patient_id.phone_full",
        "patient_id.card_ids.state",
        "patient_id.identifier_ids.number_full",
        "encounter_id.start_at",
    )
    def _compute_wire(self):
        for invoice in self:
            invoice.blue_id = invoice.original_id or invoice
            _sudo = invoice.sudo()  # the patient is told to the platform in full, whoever took the money
            patient, encounter = _sudo.patient_id, _sudo.encounter_id
            invoice.payer_sex = SEXES.get(patient.sex) or invoice._unknown_sex()
            document = patient.identifier_ids.filtered(
                lambda one: one.is_current and one.type_id.code in ("resident_id", "resident_id_15")
            )[:1]
            invoice.payer_document = document.number_full
            # it gets a notice; a number that is none of a mobile phone must not keep the bill back
            phone = MOBILE.fullmatch(re.sub(r"[\s-]", "", patient.phone_full or ""))
            invoice.payer_phone = phone and phone[1]
            # who has no card is known by the number of his visit, which the platform keeps as one
            invoice.payer_card_type = CARD
            invoice.payer_card_number = patient.card_number or encounter.number
            invoice.visit_start_at = encounter.start_at or encounter.registered_at

    def _unknown_sex(self):
        """What the platform is told where the sex is neither male nor female: it wants a word."""
        platform = self._interface(self.kind_id.issue_interface).sudo().platform_id
        return platform._parameter("unknown_sex", UNKNOWN_SEX)
