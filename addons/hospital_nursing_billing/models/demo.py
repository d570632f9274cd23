from datetime import timedelta

from odoo import api, fields, models

MODULE = "hospital_nursing_billing"
DAYS_BACK = 18
WHOLE_WARDS = ("W0101", "W0103", "W0105")


class HospitalDemo(models.AbstractModel):
    """A plan for the first campus, three wards of it with whole care; levels, choices, and the bed-days since then."""

    _inherit = "hospital.demo"

    def _steps(self):
        return [*super()._steps(), "_demo_nursing"]

    @api.model
    def _generate_nursing(self):
        """For a database whose other demo data was made before this addon came."""
        if self._get("campus_01"):
            with self.env.cr.savepoint():
                self.with_context(
                    tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, lang=None
                )._demo_nursing()

    def _demo_nursing(self):
        if self._get("plan_01", MODULE):
            return
        campus = self._get("campus_01")
        since = self._today() - timedelta(days=DAYS_BACK)
        self._demo_nursing_plan(campus, since)
        inpatients = self._family("inpatient").filtered(
            lambda encounter: encounter.campus_id == campus and encounter.state == "in_progress"
        )
        self._demo_nursing_levels(inpatients)
        self._demo_nursing_choices(inpatients)
        self._demo_nursing_instead(campus, since)
        posting = self.env["hospital.nursing.posting"]
        posting._post(inpatients.ids)
        self._demo_nursing_difference(inpatients)
        # who went home before the plan was entered was charged by hand
        accounts = self.env["hospital.nursing.account"]
        accounts._claim(set(accounts.search([("is_due", "=", True)]).encounter_id.ids), wait=True)

    def _demo_nursing_plan(self, campus, since):
        category = self.env.ref("hospital_base.charge_category_07").id
        day = self.env.ref("hospital_base.uom_day").id
        common = {
            "uom_id": day,
            "hospital_kind": "nursing",
            "hospital_charge_category_id": category,
            "type": "service",
            "purchase_ok": False,
        }
        items = {
            "whole": {**common, "default_code": "N101", "name": "整体护理（床日）", "list_price": 85.0},
            "special": {**common, "default_code": "N100", "name": "特级护理（日）", "list_price": 144.0},
        }
        whole, special = (self._demo_nursing_item(key, vals) for key, vals in items.items())
        wards = [self._get(f"ward_{code}") for code in WHOLE_WARDS]
        original = {"0": special, "1": self._get("item_N001"), "2": self._get("item_N002"), "3": self._get("item_N003")}
        return self._load(
            "hospital.nursing.plan",
            "plan",
            {
                "01": {
                    "name": "整体护理按床日收费方案",
                    "campus_id": campus.id,
                    "date_from": since,
                    "default_level": "2",
                    "ward_ids": [fields.Command.create({"ward_id": ward.id}) for ward in wards if ward],
                    "price_ids": [
                        fields.Command.create({"kind": "whole", "product_id": whole.id, "price": 85.0}),
                        *(
                            fields.Command.create({"kind": kind, "product_id": item.id})
                            for kind, item in original.items()
                            if item
                        ),
                    ],
                }
            },
            MODULE,
        )

    def _demo_nursing_item(self, key, vals):
        """The item of that code when it stayed in the price list, from an earlier time of this addon."""
        found = self.env["product.product"].search([("default_code", "=", vals["default_code"])], limit=1)
        return found or self._load("product.product", "item", {key: vals}, MODULE)

    def _demo_nursing_levels(self, inpatients):
        draw = self._draw("nursing levels")
        rows = [
            {"encounter_id": encounter.id, "level": draw.choice("1222333"), "start_at": encounter.start_at}
            for encounter in inpatients
        ]
        levels = self.env["hospital.nursing.level"].with_context(hospital_nursing_later=True).create(rows)
        self._name_records("level", levels, MODULE)

    def _demo_nursing_choices(self, inpatients):
        draw = self._draw("nursing choices")
        recent = inpatients.filtered(lambda encounter: encounter.start_at > self._moment(4, 0))
        rows = [
            {
                "encounter_id": encounter.id,
                "mode": draw.choice(["whole", "whole", "original"]),
                "chosen_on": encounter.company_id._hospital_date(encounter.start_at),
                "signer": "patient",
            }
            for encounter in recent[::2]
        ]
        choices = self.env["hospital.nursing.choice"].with_context(hospital_nursing_later=True).create(rows)
        self._name_records("choice", choices, MODULE)

    def _demo_nursing_difference(self, inpatients):
        """A level corrected after an interim settlement: what was paid stays and is listed."""
        original = inpatients.nursing_day_ids.filtered(lambda day: day.kind == "original" and day.charge_id)
        days = original.filtered(lambda day: day.encounter_id == original[:1].encounter_id).sorted("date")[:2]
        if not days:
            return
        days.charge_id._settle()
        level = days.encounter_id.nursing_level_ids[-1:]
        level.level = "1" if level.level != "1" else "2"

    def _demo_nursing_instead(self, campus, since):
        """The nursing items charged by hand until now give way to the posted ones."""
        items = self.env["product.product"].union(*(self._get(f"item_N00{number}") for number in (1, 2, 3, 5)))
        charges = self.env["hospital.charge"].search(
            [
                ("product_id", "in", items.ids),
                ("campus_id", "=", campus.id),
                ("service_date", ">=", since),
                ("state", "=", "unsettled"),
                ("reversal_of_id", "=", False),
                ("encounter_id.kind", "=", "inpatient"),
                ("encounter_id.state", "=", "in_progress"),
            ]
        )
        charges._reverse(reason="改由系统按床日记账")
