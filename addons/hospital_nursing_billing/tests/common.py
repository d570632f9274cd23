from datetime import datetime, time, timedelta
from decimal import Decimal

from odoo.fields import Command

from odoo.addons.hospital_base.tests.visits_common import VisitsCase

LEVEL_PRICES = {"0": 144.0, "1": 28.0, "2": 18.0, "3": 9.0}


class NursingCase(VisitsCase):
    """A campus where ward W (`ward_m`) offers whole care at 100.00 a day and ward S (`ward_s`) does not.

    Day 1 of a test is 50 days ago, by the hospital's calendar.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env["hospital.nursing.plan"].search([]).active = False
        env.company.hospital_lock_date = False
        cls.first = env.company._hospital_today() - timedelta(days=50)
        cls.items = {
            kind: cls.new_item(f"ZHL{kind}", name, price)
            for kind, name, price in (
                ("whole", "整体护理", 100.0),
                ("0", "特级护理", 144.0),
                ("1", "一级护理", 28.0),
                ("2", "二级护理", 18.0),
                ("3", "三级护理", 9.0),
            )
        }
        cls.plan = cls.new_plan()
        cls.beds = {"W": cls.m1, "S": cls.s1}
        cls.reader = env["hospital.nursing.reader"]
        cls.posting = env["hospital.nursing.posting"]

    @classmethod
    def new_item(cls, code, name, price):
        return (
            cls.env["product.template"]
            .create(
                {
                    "name": name,
                    "default_code": code,
                    "list_price": price,
                    "hospital_kind": "nursing",
                    "hospital_charge_category_id": cls.env.ref("hospital_base.charge_category_07").id,
                    "uom_id": cls.env.ref("hospital_base.uom_day").id,
                    "type": "service",
                }
            )
            .product_variant_id
        )

    @classmethod
    def new_plan(cls, **vals):
        return cls.env["hospital.nursing.plan"].create(
            {
                "name": "整体护理方案",
                "campus_id": cls.campus.id,
                "date_from": cls.first,
                "ward_ids": [Command.create({"ward_id": cls.ward_m.id})],
                "price_ids": [
                    Command.create({"kind": "whole", "product_id": cls.items["whole"].id, "price": 100.0}),
                    *(Command.create({"kind": level, "product_id": cls.items[level].id}) for level in LEVEL_PRICES),
                ],
                **vals,
            }
        )

    @classmethod
    def day(cls, number):
        return cls.first + timedelta(days=number - 1)

    @classmethod
    def wall(cls, text):
        """The wall-clock time "3 08:00"."""
        number, clock = text.split()
        return datetime.combine(cls.day(int(number)), time.fromisoformat(clock))

    def at(self, text):
        """The same as stored."""
        return self.local(self.wall(text).isoformat())

    def admitted(self, moves, patient=None, live=False, **vals):
        """An inpatient who went through these moves by the steps of the ward.

        :param live: his nursing charges follow every step, as they do on the ward
        """
        encounter = self.new_encounter(
            patient, registered_at=self.at(moves[0][0]), **{"department_id": self.department(moves[0][1]).id, **vals}
        )
        encounter = encounter.with_context(hospital_nursing_later=not live)
        for position, (moment, place) in enumerate(moves):
            if isinstance(place, str) and place == "out":
                encounter._discharge(self.at(moment), reason="test")
            elif position:
                encounter._transfer(self.bed(place), self.at(moment), self.department(place), reason="test")
            else:
                encounter._admit(self.bed(place), self.at(moment), self.department(place), reason="test")
        return encounter

    def bed(self, place):
        return self.beds[place] if isinstance(place, str) else place

    def department(self, place):
        bed = self.bed(place)
        return self.medicine if bed.ward_id == self.ward_m else self.surgery

    def choose(self, encounter, mode, **vals):
        return self.env["hospital.nursing.choice"].create(
            {
                "encounter_id": encounter.id,
                "mode": mode,
                "chosen_on": self.env.company._hospital_date(encounter.start_at),
                **vals,
            }
        )

    def post(self, encounter, **options):
        result = self.posting._post(encounter.ids, **options)
        self.env.flush_all()
        return result

    def charged(self, encounter):
        """{day of the case: net amount charged}, days without any left out."""
        rows = self.env["hospital.charge"]._read_group(
            [("encounter_id", "=", encounter.id)], ["service_date:day"], ["amount:sum"]
        )
        return {(day - self.first).days + 1: Decimal(str(round(amount, 2))) for day, amount in rows if round(amount, 2)}

    def total(self, encounter):
        return sum(self.charged(encounter).values(), Decimal(0))

    def lines(self, encounter):
        return self.env["hospital.charge"].search([("encounter_id", "=", encounter.id)])
