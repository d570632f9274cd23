import random
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.fields import Command

from ..tools import demo_material as material


class HospitalDemo(models.AbstractModel):
    """An invented hospital at work, the same on every machine apart from dates, which count back from today.

    Every step draws from a generator seeded with its own name, so that one step may change without the others, and
    gives its records XML ids, so that running it again adds nothing. Other addons add their steps::

        def _steps(self):
            return super()._steps() + ["_demo_blacklist"]
    """

    _name = "hospital.demo"
    _description = "Demo data"

    @api.model
    def _generate(self):
        demo = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, mail_notrack=True, lang=None
        )
        with self.env.cr.savepoint():  # a step that fails leaves nothing half-made in the cache either
            for step in demo._steps():
                getattr(demo, step)()

    def _steps(self):
        return ["_demo_company", "_demo_places", "_demo_users"]

    # === HELPERS FOR STEPS === #

    def _draw(self, step):
        return random.Random(f"hospital demo {step}")

    def _load(self, model, prefix, rows, module="hospital_base"):
        """Create the rows {suffix: values} that do not exist yet, with XML ids; return the records of all rows."""
        return self.env[model]._load_records(
            [
                {"xml_id": f"{module}.demo_{prefix}_{suffix}", "values": values, "noupdate": True}
                for suffix, values in rows.items()
            ]
        )

    def _name_records(self, prefix, records, module="hospital_base"):
        """Give XML ids to records that business methods made."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{module}.demo_{prefix}_{number:04}", "record": record, "noupdate": True}
                for number, record in enumerate(records, 1)
            ]
        )
        return records

    def _get(self, name, module="hospital_base"):
        return self.env.ref(f"{module}.demo_{name}", raise_if_not_found=False)

    def _family(self, prefix, module="hospital_base"):
        """The records with XML ids demo_<prefix>_*, in the order of their names."""
        data = self.env["ir.model.data"].search(
            [("module", "=", module), ("name", "=like", f"demo\\_{prefix}\\_%")], order="name"
        )
        model = data[:1].model  # a product comes with its template
        return self.env[model].browse(data.filtered(lambda row: row.model == model).mapped("res_id"))

    def _code(self, set_code, code):
        return self.env["hospital.code"]._get(set_code, code).id

    def _code_named(self, set_code, name):
        return self.env["hospital.code"].search([("set_id.code", "=", set_code), ("name", "=", name)], limit=1).id

    def _today(self):
        return self.env.company._hospital_today()

    def _moment(self, days_ago, hour, minute=0):
        """A moment of the hospital's own clock, as stored; never later than now."""
        zone = self.env.company._hospital_timezone()
        local = datetime.combine(self._today() - timedelta(days=days_ago), time(hour, minute))
        moment = zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)
        return min(moment, fields.Datetime.now())

    def _person_name(self, draw, sex):
        given = material.GIVEN_MALE if sex == "1" else material.GIVEN_FEMALE
        return draw.choice(material.SURNAMES) + draw.choice(given)

    def _phone(self, number):
        """No operator gives out numbers with four zeros after the prefix to persons."""
        return f"1990000{number:04}"

    # === STEPS === #

    def _demo_company(self):
        company = self.env.ref("base.main_company")
        if self._get("campus_01"):
            return
        company.write({"name": material.HOSPITAL_NAME, "country_id": self.env.ref("base.cn").id})
        self._demo_yuan()

    @api.model
    def _demo_yuan(self):
        """The hospital counts in yuan. Accounting's own examples make it an American shop: they go, with their dollars."""
        company = self.env.ref("base.main_company")
        yuan = self.env.ref("base.CNY")
        yuan.active = True
        if company.currency_id == yuan:
            return
        if "account.move" in self.env:
            if not self.env.ref("base.module_account").demo:
                return  # books that somebody keeps
            self._demo_empty_books(company)
            company.account_fiscal_country_id = company.country_id
        company.currency_id = yuan

    def _demo_empty_books(self, company):
        of_company = [("company_id", "=", company.id)]
        books = self.with_context(allowed_company_ids=company.ids, force_delete=True).env
        books["account.bank.statement"].search(of_company).unlink()
        books["account.bank.statement.line"].search(of_company).unlink()
        moves = books["account.move"].search(of_company)
        moves.line_ids.remove_move_reconcile()
        moves.filtered(lambda move: move.state == "posted").button_draft()
        moves.exists().unlink()

    def _demo_places(self):
        campuses = self._load(
            "hospital.campus",
            "campus",
            {
                code: {
                    "code": code,
                    "name": name,
                    "address": address,
                    "org_code": org_code,
                    "level": level,
                    "introduction": introduction,
                    "phone": f"0000-990000{code}",
                }
                for code, name, address, org_code, level, introduction in material.CAMPUSES
            },
        )
        departments = {}
        for campus in campuses:
            rows = {
                code: {
                    "code": code,
                    "name": name,
                    "kind": kind,
                    "campus_id": campus.id,
                    "location": location,
                    "standard_code_id": self._code("dept_standard", standard),
                    "sequence": sequence,
                }
                for sequence, (code, name, kind, standard, location) in enumerate(material.DEPARTMENTS[campus.code], 1)
            }
            departments.update(zip(rows, self._load("hospital.department", "department", rows), strict=True))
        for campus in campuses:
            rows = {
                code: {
                    "code": code,
                    "name": name,
                    "campus_id": campus.id,
                    "location": departments[lying[0]].location,
                    "department_ids": [Command.set([departments[department].id for department in lying])],
                    "nursing_department_id": departments[lying[0]].id,
                }
                for code, name, lying, _beds in material.WARDS[campus.code]
            }
            wards = self._load("hospital.ward", "ward", rows)
            self._demo_beds(wards, {code: beds for code, _name, _lying, beds in material.WARDS[campus.code]})

    def _demo_beds(self, wards, sizes):
        rows = {}
        for ward in wards:
            intensive = ward.department_ids.standard_code_id.code == "28"
            for number in range(1, sizes[ward.code] + 1):
                rows[f"{ward.code}_{number:02}"] = {
                    "name": f"{number:02}",
                    "ward_id": ward.id,
                    "sequence": number,
                    "kind": "icu" if intensive else "normal",
                }
            extra = f"{ward.code}_{sizes[ward.code]:02}"
            if not intensive:
                rows[extra] |= {"kind": "extra", "name": f"加{sizes[ward.code]:02}"}
        blocked = rows[f"{wards[0].code}_03"]
        blocked |= {"blocked": True, "blocked_reason": "床头呼叫器待修"}
        self._load("hospital.bed", "bed", rows)

    def _demo_users(self):
        main, other = self._family("campus")
        both = ["finance", "finance_manager", "gcp", "it", "auditor"]
        here = ["registrar", "cashier", "doctor", "nurse", "pharmacist"]
        there = ["registrar2", "cashier2", "nurse2"]
        chinese = "zh_CN" in dict(self.env["res.lang"].get_installed())
        places = (
            [(login, main) for login in here]
            + [(login, other) for login in there]
            + [(login, main | other) for login in both]
        )
        for login, campuses in places:
            user = self.env.ref(f"hospital_base.user_{login}")
            values = {"hospital_campus_ids": [Command.set(campuses.ids)], "hospital_campus_id": campuses[0].id}
            if chinese:
                values["lang"] = "zh_CN"
            user.write(values)
        self.env.ref("base.user_admin").write(
            {
                "hospital_campus_ids": [Command.set((main | other).ids)],
                "hospital_campus_id": main.id,
                "tz": "Asia/Shanghai",
            }
        )
