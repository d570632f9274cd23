from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL
from stdnum.iso7064 import mod_11_2

from ..tools import demo_material as material

PATIENTS = 300
FOREIGNERS_FROM = 281
NEWBORNS = range(291, 297)
PERMIT_HOLDERS = {297: ("hk_mo_travel", "H99999997"), 298: ("tw_travel", "99999998")}
DOUBLES = {299: 12, 300: 57}
REGISTERED_TODAY = 22


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        return [
            *super()._steps(),
            "_demo_patients",
            "_demo_documents",
            "_demo_cards",
            "_demo_coverages",
            "_demo_allergies",
        ]

    # === STEPS === #

    def _demo_patients(self):
        if self._get("patient_001"):
            return
        people = self._demo_people()
        patients = self._load(
            "hospital.patient", "patient", {f"{number:03}": values for number, values in people.items()}
        )
        mothers = [
            patient
            for patient in patients
            if patient.sex == "2" and patient.birth_date and 1990 <= patient.birth_date.year <= 2002
        ]
        for mother, number in zip(mothers, NEWBORNS, strict=False):
            newborn = patients[number - 1]
            newborn.write(
                {
                    "mother_id": mother.id,
                    "name": f"{mother.name}之{'子' if newborn.sex == '1' else '女'}",
                    "contact_name": mother.name,
                    "address": mother.address,
                }
            )
        self._demo_registration_dates(patients)

    def _demo_people(self):
        draw = self._draw("patients")
        people = {}
        main, other = self._family("campus")
        for number in range(1, PATIENTS + 1):
            sex = draw.choice("12")
            born = date(draw.choice([*range(1936, 2022), *range(1945, 1975)]), draw.randint(1, 12), draw.randint(1, 28))
            people[number] = {
                "name": self._person_name(draw, sex),
                "sex": sex,
                "birth_date": born,
                "ethnicity_id": self._code_named("ethnic", "汉族") or self._code_named("ethnic", "汉"),
                "marital_id": self._code_named("marital", "已婚" if born.year < 1995 else "未婚"),
                "nationality_id": self._code("nationality", "CHN"),
                "phone": self._phone(number),
                "address": f"榕城市示范区{draw.choice(material.STREETS)}{draw.randint(1, 199)}号{draw.randint(1, 12)}栋{draw.randint(101, 1806)}室",
                "employer": draw.choice(material.EMPLOYERS),
                "contact_name": self._person_name(draw, draw.choice("12")),
                "contact_relation_id": self._code_named("relation", "配偶"),
                "contact_phone": self._phone(5000 + number),
                "blood_type": draw.choice(["a", "b", "ab", "o", False, False]),
                "allergy_state": draw.choice(["none", "none", "unknown"]),
                "registration_campus_id": draw.choice([main, main, other]).id,
            }
            people[number]["rh"] = "pos" if people[number]["blood_type"] else False
        for number, (name, sex, country) in enumerate(material.FOREIGNERS, FOREIGNERS_FROM):
            people[number] |= {
                "name": name,
                "sex": sex,
                "nationality_id": self._code("nationality", country),
                "ethnicity_id": False,
                "birth_date": date(1965 + number % 30, 1 + number % 12, 1 + number % 28),
            }
        for number in NEWBORNS:
            hours = 20 + 60 * (number - NEWBORNS.start)
            born_at = self._moment(hours // 24, (hours * 5) % 24, 17)
            people[number] |= {
                "birth_at": born_at,
                "birth_date": self.env.company._hospital_date(born_at),
                "employer": False,
                "phone": False,
                "marital_id": False,
                "blood_type": False,
                "rh": False,
                "allergy_state": "unknown",
            }
        for number, original in DOUBLES.items():
            people[number] |= {key: people[original][key] for key in ("name", "sex", "birth_date", "address")}
        return people

    def _demo_registration_dates(self, patients):
        """Otherwise all would have been registered in the minute in which the demo data was loaded."""
        draw = self._draw("registration dates")
        today = patients[-REGISTERED_TODAY:]
        moments = [
            self._moment(draw.randint(1, 700), draw.randint(8, 16), draw.randint(0, 59))
            for _patient in patients - today
        ]
        moments += [self._moment(0, draw.randint(0, 8), draw.randint(0, 59)) for _patient in today]
        registrars = [self.env.ref(f"hospital_base.user_{login}").id for login in ("registrar", "registrar2")]
        main = self._family("campus")[0]
        patients.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE hospital_patient AS patient SET create_date = moment, create_uid = maker
               FROM unnest(%s, %s::timestamp[], %s) AS given(id, moment, maker) WHERE patient.id = given.id""",
                patients.ids,
                moments,
                [registrars[patient.registration_campus_id != main] for patient in patients],
            )
        )
        patients.invalidate_recordset(["create_date", "create_uid"])

    def _demo_documents(self):
        patients = self._family("patient")
        rows = {}
        for number, patient in enumerate(patients, 1):
            document = self._demo_document(number, patient)
            if document:
                rows[f"{number:03}"] = {"patient_id": patient.id, **document}
        self._load("hospital.identifier", "identifier", rows)

    def _demo_document(self, number, patient):
        if number in NEWBORNS:
            return {"type_id": self._document_type("birth_certificate"), "number": f"Z99{number:07}"}
        if number in DOUBLES:
            return None
        if number in PERMIT_HOLDERS:
            code, digits = PERMIT_HOLDERS[number]
            return {"type_id": self._document_type(code), "number": digits}
        valid_to = self._today() + timedelta(days=40 + number * 7)
        born = patient.birth_date
        if number < FOREIGNERS_FROM:
            serial = number * 2 - (patient.sex == "1")
            digits = self._with_check(f"119999{born:%Y%m%d}{serial:03}")
            return {"type_id": self._document_type("resident_id"), "number": digits, "valid_to": valid_to}
        if number % 2:
            serial = number * 2 - (patient.sex == "1")
            digits = self._with_check(f"911999{born:%Y%m%d}{serial:03}")
            return {"type_id": self._document_type("prc_2023"), "number": digits, "valid_to": valid_to}
        return {
            "type_id": self._document_type("prc_2017"),
            "number": f"ZZZ9999{born:%y%m%d}{number % 100:02}",
            "valid_to": valid_to,
        }

    def _document_type(self, code):
        return self.env.ref(f"hospital_base.identifier_type_{code}").id

    def _with_check(self, digits):
        """Area 119999 and country 999 are assigned to nobody; the check character is right all the same."""
        return digits + mod_11_2.calc_check_digit(digits)

    def _demo_cards(self):
        """Four kinds of cards in turn, virtual ones for foreigners, three lost ones of which one was replaced."""
        if self._get("card_001"):
            return
        patients = self._family("patient")
        main = self._family("campus")[0]
        registrar = self.env.ref("hospital_base.user_registrar")
        rows = {}
        for number, patient in enumerate(patients, 1):
            if number in NEWBORNS or number in DOUBLES:
                continue
            foreign = FOREIGNERS_FROM <= number < NEWBORNS.start
            prefix = ("33", "10", "35", "10", "58")[number % 5]
            rows[f"{number:03}"] = {
                "patient_id": patient.id,
                "campus_id": patient.registration_campus_id.id or main.id,
                "issued_by_id": registrar.id,
                "issued_at": patient.create_date,
                **(
                    {"type_id": self.env.ref("hospital_base.card_type_virtual").id}
                    if foreign
                    else {"number": f"{prefix}9900{number:06}"}
                ),
            }
        for number, days in {7: 3, 18: 1, 29: 0}.items():
            rows[f"{number:03}"] |= {
                "state": "lost",
                "state_at": self._moment(days, 9, number),
                "state_reason": "本人挂失",
                "state_by_id": registrar.id,
            }
        cards = dict(zip(rows, self._load("hospital.card", "card", rows), strict=True))
        lost = cards["007"]
        self._load(
            "hospital.card",
            "card",
            {
                "007_new": {
                    "patient_id": lost.patient_id.id,
                    "number": "339900900007",
                    "campus_id": lost.campus_id.id,
                    "issued_by_id": registrar.id,
                    "previous_card_id": lost.id,
                    "issued_at": self._moment(2, 10, 5),
                }
            },
        )

    def _demo_coverages(self):
        rows = {}
        for number, patient in enumerate(self._family("patient"), 1):
            if number % 3 == 0 or number >= FOREIGNERS_FROM:
                continue
            employed = number % 3 == 1
            rows[f"{number:03}"] = {
                "patient_id": patient.id,
                "kind_id": self._code("insutype", "310" if employed else "390"),
                "insurer": "榕城市医疗保障局",
                "number": f"35990000{number:010}",
                "area_code": "119999",
                "person_type": "在职"
                if employed and patient.birth_date.year > 1966
                else "退休"
                if employed
                else "居民",
                "valid_from": date(self._today().year, 1, 1),
            }
        self._load("hospital.coverage", "coverage", rows)

    def _demo_allergies(self):
        draw = self._draw("allergies")
        rows = {}
        patients = self._family("patient")
        for number in sorted(draw.sample(range(1, 281), 42)):
            substance, reaction, severity = draw.choice(material.ALLERGENS)
            rows[f"{number:03}"] = {
                "patient_id": patients[number - 1].id,
                "substance": substance,
                "reaction": reaction,
                "severity": severity,
                "noted_on": self._today() - timedelta(days=draw.randint(30, 900)),
            }
        self._load("hospital.allergy", "allergy", rows)
