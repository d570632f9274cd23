from odoo.addons.hospital_payment.tests.caller_common import CallerMixin


class MachineMixin(CallerMixin):
    """A patient at the self-service machine or with his phone, named by his card."""

    partner = "self_service"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.env["hospital.card"].create({"patient_id": cls.patient.id, "number": "3399000771"})

    def asked(self, operation, platform=None, **payload):
        reply = self.call_in(operation, platform, **{**self.holder, **payload})
        self.assertEqual(reply["code"], "0", reply)
        return reply["data"]

    @property
    def holder(self):
        return {"card_no": self.card.number, "patient_name": self.patient.name}

    @property
    def stay(self):
        return {"inpatient_no": self.inpatient.number, "patient_name": self.patient.name}
