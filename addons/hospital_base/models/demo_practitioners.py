from datetime import timedelta

from odoo import models

from ..tools import demo_material as material

DOCTOR_TITLES = ["主任医师", "副主任医师", "主治医师", "医师"]
NURSE_TITLES = ["主管护师", "护师", "护士"]

# login of the demo user, kind, name, sex, title, departments with the job there
STAFF_WITH_LOGIN = [
    ("doctor", "doctor", "许致远", "1", "副主任医师", [("0112", "attending"), ("0104", "attending")]),
    ("nurse", "nurse", "吴雅琴", "2", "主管护师", [("0112", "head_nurse"), ("0110", "nurse")]),
    ("nurse2", "nurse", "赖春燕", "2", "护师", [("0206", "head_nurse")]),
    ("pharmacist", "pharmacist", "叶文静", "2", "主管药师", [("0123", "pharmacist")]),
]


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        return [*super()._steps(), "_demo_practitioners"]

    def _demo_practitioners(self):
        draw = self._draw("practitioners")
        people = [*STAFF_WITH_LOGIN, *self._demo_staff(draw)]
        rows = {}
        for number, (login, kind, name, sex, title, _roles) in enumerate(people, 1):
            discipline = ""
            if kind == "doctor":
                discipline = self._get(f"department_{people[number - 1][5][0][0]}").standard_code_id.code or ""
            rows[f"{number:03}"] = {
                "code": f"9{number:04}",
                "name": name,
                "kind": kind,
                "sex": sex,
                "title_id": self._code_named("practitioner_title", title),
                "licence_number": f"PDY99{number:010}",
                "licence_valid_to": self._licence_end(draw, number),
                "specialities": material.SPECIALITIES.get(discipline[:2], material.SPECIALITIES[""])
                if kind == "doctor"
                else False,
                "phone": self._phone(9000 + number),
                "user_id": self.env.ref(f"hospital_base.user_{login}").id if login else False,
                "state": "draft" if number > 58 else "registered",
            }
        practitioners = self._load("hospital.practitioner", "practitioner", rows)
        roles = {
            f"{practitioner.code}_{department}": {
                "practitioner_id": practitioner.id,
                "department_id": self._get(f"department_{department}").id,
                "job": job,
                "is_primary": position == 0,
                "date_from": self._today() - timedelta(days=900),
            }
            for practitioner, person in zip(practitioners, people, strict=True)
            for position, (department, job) in enumerate(person[5])
        }
        self._load("hospital.practitioner.role", "role", roles)

    def _licence_end(self, draw, number):
        """One licence has run out, three end within a month."""
        days = {20: -12, 21: 5, 22: 14, 23: 27}.get(number, draw.randint(200, 1500))
        return self._today() + timedelta(days=days)

    def _demo_staff(self, draw):
        """56 more: two doctors for each clinical department, who also sit in its clinic, a nurse for each ward, and others."""
        staff = []
        clinics = {
            "0110": ["0102"],
            "0111": ["0103"],
            "0112": ["0104"],
            "0113": ["0105"],
            "0114": ["0106"],
            "0115": ["0107"],
            "0116": ["0108"],
            "0117": [],
            "0109": [],
            "0101": [],
            "0206": ["0203"],
            "0207": ["0204"],
            "0208": [],
            "0202": [],
            "0205": [],
            "0201": [],
        }
        for department, clinic in clinics.items():
            for position in range(2):
                sex = draw.choice("12")
                title = DOCTOR_TITLES[0] if position == 0 else draw.choice(DOCTOR_TITLES[1:])
                jobs = ["head" if position == 0 else "attending"] + ["attending"] * len(clinic)
                staff.append(
                    (
                        False,
                        "doctor",
                        self._person_name(draw, sex),
                        sex,
                        title,
                        list(zip([department, *clinic], jobs, strict=True)),
                    )
                )
        for department in (
            "0110",
            "0111",
            "0113",
            "0114",
            "0115",
            "0116",
            "0117",
            "0206",
            "0207",
            "0208",
            "0101",
            "0201",
        ):
            staff.append(
                (False, "nurse", self._person_name(draw, "2"), "2", draw.choice(NURSE_TITLES), [(department, "nurse")])
            )
        for department in ("0119", "0120", "0121", "0122", "0209", "0210"):
            sex = draw.choice("12")
            staff.append(
                (False, "technician", self._person_name(draw, sex), sex, "主管技师", [(department, "technician")])
            )
        for department in ("0123", "0123", "0211", "0211"):
            sex = draw.choice("12")
            staff.append((False, "pharmacist", self._person_name(draw, sex), sex, "药师", [(department, "pharmacist")]))
        for department in ("0125", "0126"):
            staff.append((False, "other", self._person_name(draw, "1"), "1", False, [(department, "other")]))
        return staff
