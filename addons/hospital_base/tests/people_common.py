from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from ..tools import identity


class Users(dict):
    """A user per role, made when a test first asks for it: hashing passwords takes its time."""

    def __init__(self, case):
        super().__init__()
        self.case = case

    def __getitem__(self, role):
        user = self.get(role)
        if not user or not user.exists():  # what one test makes is gone in the next
            user = self[role] = new_test_user(
                self.case.env,
                f"people_{role}",
                groups=f"hospital_base.group_hospital_{role},base.group_allow_export",
                hospital_campus_ids=[Command.set(self.case.campus.ids)],
            )
        return user


class PeopleCase(TransactionCase):
    """Patients whose numbers nobody can hold: area 119999, country 999, births in 1800."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campus = cls.env["hospital.campus"].create({"name": "People Campus", "code": "PEOPLE"})
        cls.env.user.hospital_campus_ids += cls.campus
        cls.types = {document.code: document for document in cls.env["hospital.identifier.type"].search([])}
        cls.users = Users(cls)

    @classmethod
    def resident_number(cls, sequence, birth="19900101"):
        digits = f"119999{birth}{sequence:03}"
        return digits + identity.check_character(digits)

    @classmethod
    def make_patient(cls, name="张晓明", document=None, **values):
        if document:
            document_type = cls.env["hospital.identifier.type"]._detect(document)[:1]
            values["identifier_ids"] = [Command.create({"type_id": document_type.id, "number": document})]
        return cls.env["hospital.patient"].create({"name": name, **values})
