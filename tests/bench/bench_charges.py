"""Charging in bulk against Odoo's own `create` of a model that has the same columns and no rules."""

from datetime import timedelta

from odoo import fields

from .harness import benchmark

ENCOUNTERS = 200
ITEMS = 50


def make_encounters(env, count):
    campus = env["hospital.campus"].create({"name": "测速院区", "code": "BENCH"})
    department = env["hospital.department"].create(
        {"name": "测速科", "code": "BENCH", "campus_id": campus.id, "kind": "inpatient"}
    )
    patients = env["hospital.patient"].create([{"name": f"测速{n}", "sex": "1"} for n in range(count)])
    begun = fields.Datetime.now() - timedelta(days=40)
    return env["hospital.encounter"].create(
        [
            {
                "patient_id": patient.id,
                "kind": "outpatient",
                "campus_id": campus.id,
                "department_id": department.id,
                "registered_at": begun,
            }
            for patient in patients
        ]
    )


def make_items(env, count):
    category = env["hospital.charge.category"].search([], limit=1)
    return env["product.product"].create(
        [
            {
                "name": f"测速项目{n}",
                "default_code": f"BENCH{n}",
                "list_price": 1 + n * 0.37,
                "is_hospital_item": True,
                "hospital_kind": "exam",
                "hospital_charge_category_id": category.id,
            }
            for n in range(count)
        ]
    )


def columns(model):
    return {name for name, field in model._fields.items() if field.store and field.column_type}


@benchmark(
    "Charges made in bulk",
    yardstick="create() of a bare model with the same columns",
    limit=2,
    short=5_000,
    full=50_000,
    needs=("bench_bare",),
)
def bench_charges(env, size):
    charge, bare = env["hospital.charge"], env["bench.bare.charge"]
    if columns(charge) != columns(bare):
        raise AssertionError(f"not the same columns: {columns(charge) ^ columns(bare)}")
    encounters, items = make_encounters(env, ENCOUNTERS), make_items(env, ITEMS)
    now = fields.Datetime.now()
    given = [
        {
            "encounter_id": encounters[n % ENCOUNTERS].id,
            "product_id": items[n % ITEMS].id,
            "quantity": 1 + n % 7,
            "service_at": now - timedelta(minutes=n % 40_000),
        }
        for n in range(size)
    ]
    whole = charge._prepare_charges(given)

    def subject():
        env.invalidate_all()
        charge._charge(given)
        env.flush_all()

    def yardstick():
        env.invalidate_all()
        bare.create(whole)
        env.flush_all()

    yield "bulk create", subject, yardstick
