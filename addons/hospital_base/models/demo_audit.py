from odoo import models


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    def _steps(self):
        return [*super()._steps(), "_demo_access_log"]

    def _demo_access_log(self):
        """Some rows for the auditor to look through; the log takes no XML ids, its rows can never be deleted."""
        log = self.env["hospital.access.log"]
        if log.search_count([], limit=1):
            return
        draw = self._draw("access log")
        patients = self._family("patient")
        identifiers = self._family("identifier")
        logins = ["registrar", "registrar2", "cashier", "nurse", "doctor"]
        rows = []
        for position in range(40):
            days = position // 5
            user = self.env.ref(f"hospital_base.user_{draw.choice(logins)}")
            records = draw.choice([patients, identifiers])
            rows.append(
                {
                    "at": self._moment(days, draw.randint(0, 16) if days else 0, draw.randint(0, 59)),
                    "user_id": user.id,
                    "action": "reveal",
                    "model": records._name,
                    "res_id": draw.choice(records).id,
                    "field_names": "phone" if records == patients else "number",
                    "ip": f"10.99.{draw.randint(1, 8)}.{draw.randint(2, 250)}",
                }
            )
        for days, count in ((0, 12), (6, 80)):
            rows.append(
                {
                    "at": self._moment(days, 0, 50),
                    "user_id": self.env.ref("hospital_base.user_finance").id,
                    "action": "export",
                    "model": "hospital.patient",
                    "res_ids_count": count,
                    "field_names": "number, name, sex, birth_date",
                    "ip": "10.99.9.9",
                }
            )
        log.create(sorted(rows, key=lambda row: row["at"]))
