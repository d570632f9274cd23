from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user


class ChargesCase(TransactionCase):
    """A campus with an inpatient and an outpatient, five items, and one user per role who charges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, lang="en_US", tracking_disable=True))
        env = cls.env
        env.company.partner_id.lang = "en_US"  # sentences are compared in English, whatever the database speaks
        env.company.write({"hospital_tz": "Asia/Shanghai", "hospital_lock_date": False, "name": "市第一医院"})
        env.ref("base.CNY").active = True
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.campus, cls.other_campus = env["hospital.campus"].create(
            [{"name": "东院", "code": "CT1"}, {"name": "西院", "code": "CT2"}]
        )
        cls.medicine, cls.lab, cls.far = env["hospital.department"].create(
            [
                {"name": "内科", "code": "CN", "campus_id": cls.campus.id, "kind": "inpatient"},
                {"name": "检验科", "code": "CJ", "campus_id": cls.campus.id, "kind": "lab"},
                {"name": "西院内科", "code": "CX", "campus_id": cls.other_campus.id, "kind": "inpatient"},
            ]
        )
        cls.ward = env["hospital.ward"].create(
            {"name": "一病区", "code": "C1", "campus_id": cls.campus.id, "department_ids": cls.medicine.ids}
        )
        cls.bed = env["hospital.bed"].create({"name": "1", "ward_id": cls.ward.id})
        cls.doctor = env["hospital.practitioner"].create(
            {"name": "王医生", "code": "CD1", "kind": "doctor", "state": "registered"}
        )
        cls.patient = env["hospital.patient"].create({"name": "张三丰", "sex": "1", "birth_date": "1980-02-03"})
        cls.inpatient = cls.new_encounter("inpatient")
        cls.inpatient._admit(cls.bed, cls.now - timedelta(days=10), reason="test")
        cls.outpatient = cls.new_encounter("outpatient")
        cls.blood, cls.bed_day, cls.gauze, cls.drug, cls.open_item = [
            cls.new_item(*row)
            for row in (
                ("ZXCX", "静脉采血", 6.5, "lab", "04"),
                ("ZBED", "三人间床位费", 45, "bed", "01"),
                ("ZSB", "纱布块", 0.35, "material", "08"),
                ("ZAMX", "阿莫西林胶囊", 18.9, "drug", "09"),
                ("ZZF", "自费材料", 0, "material", "08"),
            )
        ]
        cls.open_item.product_tmpl_id.hospital_price_at_entry = True
        cls.users = {
            role: new_test_user(
                env,
                f"charges_{role}",
                groups=f"hospital_base.group_hospital_{role}",
                hospital_campus_ids=[fields.Command.set(cls.campus.ids)],
                hospital_campus_id=cls.campus.id,
            )
            for role in (
                "cashier",
                "nurse",
                "doctor",
                "finance_clerk",
                "finance_manager",
                "it_operator",
                "auditor",
                "registrar",
            )
        }

    @classmethod
    def new_encounter(cls, kind, **vals):
        return cls.env["hospital.encounter"].create(
            {
                "patient_id": cls.patient.id,
                "kind": kind,
                "campus_id": cls.campus.id,
                "department_id": cls.medicine.id,
                "practitioner_id": cls.doctor.id,
                **vals,
            }
        )

    @classmethod
    def new_item(cls, code, name, price, kind, category):
        template = cls.env["product.template"].create(
            {
                "name": name,
                "default_code": code,
                "list_price": price,
                "hospital_kind": kind,
                "hospital_charge_category_id": cls.env.ref(f"hospital_base.charge_category_{category}").id,
                "uom_id": cls.env.ref("hospital_base.uom_time").id,
                "type": "service",
            }
        )
        return template.product_variant_id

    @classmethod
    def charge(cls, item=None, quantity=1.0, encounter=None, **vals):
        return cls.env["hospital.charge"]._charge(
            [
                {
                    "encounter_id": (encounter or cls.inpatient).id,
                    "product_id": (item or cls.blood).id,
                    "quantity": quantity,
                    **vals,
                }
            ]
        )

    def by_hand(self, role, item=None, encounter=None, **vals):
        return (
            self.env["hospital.charge"]
            .with_user(self.users[role])
            .create({"encounter_id": (encounter or self.inpatient).id, "product_id": (item or self.blood).id, **vals})
        )

    def discharge(self, at=None):
        self.inpatient._discharge(at or self.now - timedelta(days=1), way="1", reason="test")
