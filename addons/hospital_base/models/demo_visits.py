from datetime import timedelta

from odoo import models

from ..tools import demo_material as material

STAYING = 60
DISCHARGED = 26
WAITING = 4
TRANSFERRED = 14
VISITS_A_DAY = 9
VISITS_TODAY = 26


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        return [*super()._steps(), "_demo_inpatients", "_demo_leaves", "_demo_outpatients", "_demo_diagnoses"]

    # === INPATIENTS === #

    def _demo_inpatients(self):
        """90 inpatients: lying there now, discharged within the month, waiting for a bed; some moved to another ward."""
        if self._get("inpatient_0001"):
            return
        draw = self._draw("inpatients")
        plan = self._demo_inpatient_plan(draw)
        plan.sort(key=lambda stay: stay["registered_at"])
        encounters = self.env["hospital.encounter"].create(
            [
                {
                    "patient_id": stay["patient"].id,
                    "kind": "inpatient",
                    "campus_id": stay["ward"].campus_id.id,
                    "department_id": stay["ward"].department_ids[0].id,
                    "practitioner_id": stay["doctor"].id,
                    "registered_at": stay["registered_at"],
                    "start_at": stay["segments"] and stay["segments"][0][1],
                    "end_at": stay["segments"] and stay["segments"][-1][2],
                    "state": stay["state"],
                    "discharge_way": "1" if stay["state"] == "finished" else False,
                    "admission_route": draw.choice("1222"),
                    "coverage_id": stay["patient"].coverage_ids[:1].id,
                }
                for stay in plan
            ]
        )
        self._name_records("inpatient", encounters)
        self.env["hospital.stay"].create(
            [
                {
                    "encounter_id": encounter.id,
                    "ward_id": bed.ward_id.id,
                    "bed_id": bed.id,
                    "department_id": bed.ward_id.department_ids[0].id,
                    "practitioner_id": self._doctor_of(bed.ward_id, encounter.id).id,
                    "start_at": start_at,
                    "end_at": end_at,
                }
                for encounter, stay in zip(encounters, plan, strict=True)
                for bed, start_at, end_at in stay["segments"]
            ]
        )

    def _demo_inpatient_plan(self, draw):
        wards = self._family("ward")
        pool = self._demo_pool(draw)
        beds = {bed: [] for bed in self._family("bed") if not bed.blocked}
        plan = []
        for number in range(STAYING + DISCHARGED + WAITING):
            ward = wards[number % len(wards)]
            days = draw.randint(1, 12) if number < STAYING else draw.randint(5, 24)
            registered_at = self._moment(days, draw.randint(8, 15), draw.randint(0, 59))
            stay = {"ward": ward, "state": "in_progress", "registered_at": registered_at, "segments": []}
            stay["patient"] = self._demo_fitting(pool, ward)
            if number >= STAYING + DISCHARGED:
                stay |= {
                    "state": "registered",
                    "registered_at": self._moment(0, draw.randint(0, 7), draw.randint(0, 59)),
                }
            else:
                self._demo_segments(draw, beds, stay, number, days)
            stay["doctor"] = self._doctor_of(ward, number)
            plan.append(stay)
        return plan

    def _demo_segments(self, draw, beds, stay, number, days):
        """Give the patient a bed for the whole time, or two beds one after the other."""
        start_at = stay["registered_at"] + timedelta(minutes=draw.randint(25, 90))
        end_at = False
        if number >= STAYING:
            stay["state"] = "finished"
            end_at = self._moment(draw.randint(0, days - 4), draw.randint(8, 11), draw.randint(0, 59))
        moved_at = False
        if number % 6 == 1 and days > 2 and number < TRANSFERRED * 6:
            moved_at = self._moment(days - 2, draw.randint(9, 16), draw.randint(0, 59))
        ward = stay["ward"]
        first = self._take_bed(draw, beds, ward, start_at, moved_at or end_at)
        stay["segments"].append((first, start_at, moved_at or end_at))
        if moved_at:
            wards = self._family("ward").filtered(lambda other: other.campus_id == ward.campus_id and other != ward)
            other = wards[number % len(wards)]
            second = self._take_bed(draw, beds, other, moved_at, end_at)
            stay["segments"].append((second, moved_at, end_at))
            stay["ward"] = other

    def _take_bed(self, draw, beds, ward, start_at, end_at):
        choices = [bed for bed in beds if bed.ward_id == ward]
        draw.shuffle(choices)
        bed = next(
            bed
            for bed in choices
            if not any(
                (not end_at or busy_from < end_at) and (not busy_to or busy_to > start_at)
                for busy_from, busy_to in beds[bed]
            )
        )
        beds[bed].append((start_at, end_at))
        return bed

    def _demo_pool(self, draw):
        patients = list(self._family("patient")[:280])
        draw.shuffle(patients)
        return patients

    def _demo_fitting(self, pool, ward):
        """A child for the children's ward, a mother for the maternity ward, an adult elsewhere."""
        patient = next((patient for patient in pool if self._fits(patient, ward.department_ids[0])), pool[0])
        pool.remove(patient)
        return patient

    def _fits(self, patient, department):
        discipline = (department.standard_code_id.code or "")[:2]
        age = self._today().year - patient.birth_date.year
        if discipline == "07":
            return age < 14
        if discipline == "05":
            return patient.sex == "2" and 18 < age < 46
        return age > 17 or discipline == "20"

    def _doctor_of(self, ward, number):
        doctors = self._doctors(ward.department_ids[0])
        return doctors[number % len(doctors)] if doctors else doctors

    def _doctors(self, department):
        roles = self.env["hospital.practitioner.role"].search(
            [("department_id", "=", department.id), ("practitioner_id.kind", "=", "doctor")], order="id"
        )
        return roles.practitioner_id

    def _demo_leaves(self):
        if self._get("leave_0001"):
            return
        draw = self._draw("leaves")
        staying = self._family("inpatient").filtered(lambda encounter: encounter.state == "in_progress")
        settled = staying.filtered(lambda encounter: encounter.stay_ids[-1:].start_at < self._moment(3, 0))
        rows = []
        for position, encounter in enumerate(settled[:9]):
            away_now = position < 4
            start_at = self._moment(1 if away_now else 2, 16, draw.randint(0, 59))
            back_at = start_at + timedelta(hours=15)
            expected = back_at if position % 2 or not away_now else start_at + timedelta(hours=60)
            rows.append(
                {
                    "encounter_id": encounter.id,
                    "start_at": start_at,
                    "expected_back_at": expected,
                    "end_at": False if away_now else back_at,
                    "reason": draw.choice(["回家取衣物", "家中有事", "周末请假"]),
                    "approved_by_id": encounter.practitioner_id.id,
                }
            )
        self._name_records("leave", self.env["hospital.leave"].create(rows))

    # === OUTPATIENTS === #

    def _demo_outpatients(self):
        """A month of visits, those of today in every state, six of them waiting for the doctor who can log in."""
        if self._get("visit_0001"):
            return
        draw = self._draw("visits")
        patients = self._family("patient")[:298]
        clinics = {
            department: (
                self._doctors(department),
                [patient for patient in patients if self._fits(patient, department)],
            )
            for department in self.env["hospital.department"].search(
                [("kind", "in", ("clinic", "emergency"))], order="id"
            )
        }
        clinics = {department: people for department, people in clinics.items() if all(people)}
        plan = []
        for days in range(30, -1, -1):
            for _visit in range(VISITS_TODAY if not days else VISITS_A_DAY):
                department = draw.choice(list(clinics))
                doctors, fitting = clinics[department]
                plan.append(self._demo_visit_vals(draw, days, department, draw.choice(doctors), draw.choice(fitting)))
        mine, clinic = self._get("practitioner_001"), self._get("department_0104")
        for patient in draw.sample(clinics[clinic][1], 6):
            vals = self._demo_visit_vals(draw, 0, clinic, mine, patient)
            plan.append({**vals, "state": "registered", "start_at": False, "end_at": False})
        plan.sort(key=lambda vals: vals["registered_at"])
        self._name_records("visit", self.env["hospital.encounter"].create(plan))

    def _demo_visit_vals(self, draw, days, department, doctor, patient):
        registered_at = self._moment(days, draw.randint(8, 16), draw.randint(0, 59))
        begin, length = timedelta(minutes=draw.randint(10, 60)), timedelta(minutes=draw.randint(6, 40))
        state = "finished"
        if not days:
            registered_at = self._moment(0, 0, 30) + (self._moment(0, 23, 59) - self._moment(0, 0, 30)) * draw.random()
            state = draw.choice(["registered", "registered", "in_progress", "finished", "finished", "finished"])
        elif draw.random() < 0.04:
            state = "cancelled"
        now = self._moment(0, 23, 59)
        return {
            "patient_id": patient.id,
            "kind": "emergency" if department.kind == "emergency" else "outpatient",
            "campus_id": department.campus_id.id,
            "department_id": department.id,
            "practitioner_id": doctor.id,
            "registered_at": registered_at.replace(microsecond=0),
            "state": state,
            "start_at": state in ("in_progress", "finished") and min(registered_at + begin, now).replace(microsecond=0),
            "end_at": state == "finished" and min(registered_at + begin + length, now).replace(microsecond=0),
            "cancel_reason": "患者要求退号" if state == "cancelled" else False,
            "coverage_id": patient.coverage_ids[:1].id,
        }

    # === DIAGNOSES === #

    def _demo_diagnoses(self):
        if self._get("condition_0001"):
            return
        draw = self._draw("diagnoses")
        rows = []
        for encounter in self._family("inpatient") | self._family("visit"):
            if encounter.state in ("cancelled", "registered") and encounter.kind != "inpatient":
                continue
            discipline = encounter.department_id.standard_code_id.code or ""
            choices = (
                material.DIAGNOSES.get(discipline) or material.DIAGNOSES.get(discipline[:2]) or material.DIAGNOSES["03"]
            )
            code_id = self._code("icd10", draw.choice(choices))
            stages = ["admission"] if encounter.kind == "inpatient" else ["outpatient"]
            if encounter.kind == "inpatient" and encounter.state == "finished":
                stages.append("discharge")
            rows += [
                {
                    "encounter_id": encounter.id,
                    "code_id": code_id,
                    "stage": stage,
                    "is_main": True,
                    "practitioner_id": encounter.practitioner_id.id,
                }
                for stage in stages
            ]
        self._name_records("condition", self.env["hospital.condition"].create(rows))
