from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..tools import demo_bundles as bundles
from ..tools.demo_prices import PRICE_LIST

# charges of these stays and of these visits of today still wait at the cash desk
DISCHARGED_UNSETTLED = 5
VISITS_UNSETTLED = 4


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        steps = super()._steps()
        steps.insert(steps.index("_demo_places") + 1, "_demo_prices")
        return [*steps, "_demo_charges", "_demo_reversals", "_demo_settle", "_demo_entry_times"]

    # === PRICE LIST === #

    def _demo_prices(self):
        units = sorted({unit for items in PRICE_LIST.values() for _code, _name, _spec, unit, _price in items})
        shipped = self.env["uom.uom"].search([("name", "in", units)], order="id desc")
        uom_of = {uom.name: uom.id for uom in shipped}
        missing = [unit for unit in units if unit not in uom_of]
        made = self._load("uom.uom", "unit", {f"{number:02}": {"name": unit} for number, unit in enumerate(missing, 1)})
        uom_of |= dict(zip(missing, made.ids, strict=True))
        rows = {}
        for (kind, category), items in PRICE_LIST.items():
            for code, name, spec, unit, price in items:
                rows[code] = {
                    "default_code": code,
                    "name": name,
                    "hospital_spec": spec,
                    "uom_id": uom_of[unit],
                    "list_price": price,
                    "hospital_kind": kind,
                    "hospital_charge_category_id": self.env.ref(f"hospital_base.charge_category_{category}").id,
                    "type": "consu" if kind in ("drug", "material") else "service",
                    "purchase_ok": False,
                    "taxes_id": False,
                }
        for values in rows.values():
            if "taxes_id" not in self.env["product.product"]._fields:
                values.pop("taxes_id")
        self._load("product.product", "item", rows)
        for bed in self._family("bed").filtered(lambda bed: not bed.product_id):
            bed.product_id = self._get("item_B004" if bed.kind == "icu" else "item_B001")

    # === CHARGES === #

    def _demo_charges(self):
        if self._get("charge_0001"):
            return
        draw = self._draw("charges")
        items = {code: self._get(f"item_{code}").id for group in PRICE_LIST.values() for code, *_rest in group}
        services = self._demo_service_departments()
        lines = []
        for encounter in self._family("inpatient"):
            lines += self._demo_stay_lines(draw, encounter)
        for encounter in self._family("visit"):
            lines += self._demo_visit_lines(draw, encounter)
        now = self._moment(0, 23, 59)
        charges = self.env["hospital.charge"]._charge(
            [
                {
                    "encounter_id": encounter.id,
                    "product_id": items[code],
                    "quantity": quantity,
                    "service_at": min(service_at, now),
                    "order_practitioner_id": encounter.practitioner_id.id,
                    "exec_department_id": services.get((encounter.campus_id.code, code[0])),
                }
                for encounter, code, quantity, service_at in lines
            ]
        )
        self._name_records("charge", charges)

    def _demo_service_departments(self):
        """What is done elsewhere than on the ward: laboratory, imaging, pharmacy."""
        places = {"L": ("0119", "0209"), "E": ("0120", "0210"), "D": ("0123", "0211")}
        return {
            (campus, letter): self._get(f"department_{code}").id
            for letter, codes in places.items()
            for campus, code in zip(("01", "02"), codes, strict=True)
        }

    def _demo_stay_lines(self, draw, encounter):
        """(encounter, item, quantity, moment) of every day in hospital; the day of the discharge is not charged a bed."""
        if not encounter.start_at:
            return []
        discipline = encounter.stay_ids[:1].department_id.standard_code_id.code or ""
        intensive = discipline == "28"
        company = encounter.company_id
        first = company._hospital_date(encounter.start_at)
        end_at = encounter.end_at or self._moment(0, 23, 59)
        lines = [
            (encounter, code, 1, encounter.start_at + timedelta(minutes=40 + 5 * position))
            for position, code in enumerate(bundles.ADMISSION)
        ]
        for days in range((company._hospital_date(end_at) - first).days + 1):
            noon = self._moment((self._today() - first).days - days, 10, draw.randint(0, 59))
            at = max(noon, encounter.start_at + timedelta(minutes=90))
            if at >= end_at:
                break
            daily = bundles.INTENSIVE_DAY if intensive else bundles.ORDINARY_DAY
            lines += [(encounter, code, quantity, at) for code, quantity in daily]
            lines += [
                (encounter, code, draw.randint(1, 3), at) for code in draw.sample(bundles.drugs_of(discipline), 2)
            ]
            if days == 1 and discipline[:2] in bundles.OPERATIONS:
                lines += [
                    (encounter, code, quantity, at)
                    for code, quantity in draw.choice(bundles.OPERATIONS[discipline[:2]])
                ]
            if days and days % 3 == 0:
                lines += [(encounter, code, 1, at) for code in ("L001", "L009", "T005")]
        return [line for line in lines if line[3] < end_at]

    def _demo_visit_lines(self, draw, encounter):
        if encounter.state == "cancelled":
            return []
        emergency = encounter.kind == "emergency"
        at = encounter.registered_at
        lines = [(encounter, code, 1, at) for code in (("G002", "G014") if emergency else ("G001", "G011"))]
        if encounter.start_at:
            discipline = encounter.department_id.standard_code_id.code or ""
            at = encounter.start_at + timedelta(minutes=4)
            lines += [(encounter, code, 1, at) for code in draw.choice(bundles.tests_of(discipline))]
            lines += [
                (encounter, code, draw.randint(1, 2), at)
                for code in draw.sample(bundles.drugs_of(discipline), draw.randint(0, 2))
            ]
        return lines

    # === WHAT HAPPENS TO THEM === #

    def _demo_reversals(self):
        """Drugs brought back and tests not done: wholly and in part, on earlier days and today."""
        if self._get("reversal_0001"):
            return
        draw = self._draw("reversals")
        charges = self._family("charge")
        drugs = charges.filtered(lambda charge: charge.product_id.hospital_kind == "drug" and charge.quantity > 1)
        tests = charges.filtered(
            lambda charge: (
                charge.product_id.hospital_kind in ("lab", "exam") and charge.encounter_id.kind == "inpatient"
            )
        )
        reversals = self.env["hospital.charge"]
        for charge in draw.sample(list(drugs), 12):
            reversals |= charge._reverse(quantity=1, reason="患者退药")
        for charge in draw.sample(list(tests), 10):
            reversals |= charge._reverse(reason="检查未做")
        self._name_records("reversal", reversals)

    def _demo_settle(self):
        finished = (self._family("inpatient") | self._family("visit")).filtered(
            lambda encounter: encounter.state == "finished"
        )
        if finished.charge_ids.filtered(lambda charge: charge.state == "settled"):
            return
        discharged = finished.filtered(lambda encounter: encounter.kind == "inpatient").sorted("end_at")
        today = (
            finished.filtered(
                lambda encounter: self.env.company._hospital_date(encounter.registered_at) == self._today()
            )
            - discharged
        )
        waiting = discharged[-DISCHARGED_UNSETTLED:] | today[-VISITS_UNSETTLED:]
        charges = (finished - waiting).charge_ids
        waiting_room = self._family("visit").filtered(
            lambda encounter: encounter.state in ("registered", "in_progress")
        )
        charges |= waiting_room.charge_ids.filtered(lambda charge: charge.product_id.hospital_kind == "registration")
        charges.filtered(lambda charge: charge.state == "unsettled")._settle()

    def _demo_entry_times(self):
        """Otherwise a month of charges would have been entered just now, and after the discharge of many a patient."""
        charges = self._family("charge")
        reversals = self._family("reversal")
        discharged = charges.filtered(lambda charge: charge.is_late and charge.state == "unsettled")
        late = discharged.sorted(lambda charge: (charge.service_at, charge.id))[-3:]
        self.env["hospital.charge"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE hospital_charge SET create_date = service_at, is_late = id = ANY(%s)
               WHERE id = ANY(%s) AND create_date > service_at""",
                late.ids,
                (charges | reversals[:-6]).ids,
            )
        )
        (charges | reversals).invalidate_recordset(["create_date", "is_late"])
