"""Two or more clerks do the same thing at the same moment over HTTP: exactly one wins, the others are told why."""

from uuid import uuid4

import pytest

from .conftest import one_winner, race

ROUNDS = 5
CLERKS = 3


def digits(count):
    return str(uuid4().int)[:count]


def new_patient(clerk, **values):
    return clerk.call("hospital.patient", "create", {"name": f"并发{digits(8)}", "sex": "1", **values})


def wizard(clerk, model, method, values, context=None):
    """Fill in a window and press its button, in two calls as the web client does it; gives the second."""
    record = clerk.call(model, "create", values, context=context or {})
    return lambda: clerk.call(model, method, [record], context=context or {})


@pytest.fixture
def new_bed(rpc, registrar, database):
    """Makes an empty bed in a ward of the campus where the registrar works."""
    operator = rpc("it")
    [ward] = database(
        """SELECT ward.id, ward.campus_id, link.department_id FROM hospital_ward ward
           JOIN hospital_department_ward_rel link ON link.ward_id = ward.id
           JOIN res_users clerk ON clerk.login = 'registrar' AND clerk.hospital_campus_id = ward.campus_id
           WHERE ward.active ORDER BY ward.id LIMIT 1"""
    )

    def make():
        values = {"name": f"C{digits(6)}", "ward_id": ward["id"]}
        return operator.call("hospital.bed", "create", values), ward

    return make


def test_one_bed(rpc, registrar, database, new_bed):
    clerks = [registrar, *(rpc("registrar") for _more in range(CLERKS - 1))]
    for _round in range(ROUNDS):
        bed, ward = new_bed()
        steps = []
        for clerk in clerks:
            values = {
                "patient_id": new_patient(clerk),
                "kind": "inpatient",
                "campus_id": ward["campus_id"],
                "department_id": ward["department_id"],
            }
            encounter = clerk.call("hospital.encounter", "create", values)
            choice = {
                "encounter_id": encounter,
                "ward_id": ward["id"],
                "department_id": ward["department_id"],
                "bed_id": bed,
            }
            steps.append(wizard(clerk, "hospital.admission", "action_confirm", choice))
        one_winner(*race(*steps))
        [row] = database("SELECT count(*) FROM hospital_stay WHERE bed_id = %s", bed)
        assert row["count"] == 1


def test_one_document(rpc, database):
    clerks = [rpc("registrar") for _clerk in range(CLERKS)]
    for _round in range(ROUNDS):
        number = f"E{digits(8)}"
        [document] = database("SELECT id FROM hospital_identifier_type WHERE code = 'passport'")
        [country] = database(
            """SELECT code.id FROM hospital_code code JOIN hospital_code_set code_set ON code_set.id = code.set_id
               WHERE code_set.code = 'nationality' AND code.code = 'CHN'"""
        )
        steps = [
            wizard(
                clerk,
                "hospital.patient.registration",
                "action_register",
                {
                    "name": f"同证{place}",
                    "sex": "2",
                    "document_type_id": document["id"],
                    "document_number": number,
                    "issuing_country_id": country["id"],
                    "print_slip": False,
                },
            )
            for place, clerk in enumerate(clerks)
        ]
        one_winner(*race(*steps))
        rows = database("SELECT patient_id FROM hospital_identifier WHERE number_full = %s AND active", number)
        assert len(rows) == 1


def test_one_card_replaced_by_two_clerks(rpc, registrar, database):
    clerks = [rpc("registrar") for _clerk in range(CLERKS)]
    for _round in range(ROUNDS):
        patient = new_patient(registrar)
        card = registrar.call("hospital.card", "create", {"patient_id": patient, "number": f"33{digits(10)}"})
        steps = [
            wizard(
                clerk,
                "hospital.card.step",
                "action_confirm",
                {"new_number": f"35{digits(10)}", "reason": "卡片损坏"},
                {"default_card_id": card, "default_step": "replace"},
            )
            for clerk in clerks
        ]
        one_winner(*race(*steps))
        states = database("SELECT state FROM hospital_card WHERE patient_id = %s ORDER BY id", patient)
        assert [row["state"] for row in states] == ["replaced", "in_use"]


def test_one_new_card_given_to_two_patients(rpc, registrar, database):
    clerks = [rpc("registrar") for _clerk in range(CLERKS)]
    for _round in range(ROUNDS):
        number = f"58{digits(10)}"
        steps = []
        for clerk in clerks:
            patient = new_patient(clerk)
            card = clerk.call("hospital.card", "create", {"patient_id": patient, "number": f"33{digits(10)}"})
            context = {"default_card_id": card, "default_step": "replace"}
            steps.append(wizard(clerk, "hospital.card.step", "action_confirm", {"new_number": number}, context))
        one_winner(*race(*steps))
        rows = database("SELECT patient_id FROM hospital_card WHERE number = %s AND state = 'in_use'", number)
        assert len(rows) == 1
