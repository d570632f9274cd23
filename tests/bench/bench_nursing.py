"""The night's posting against a bare `create` of the same charge lines, and a month reckoned again with nothing to change."""

from datetime import timedelta

from odoo.fields import Command

from .harness import benchmark

DAYS = 30  # of the month that is reckoned again
BED_MONTH = 60  # seconds it may take for 3,000 inpatients


def make_ward(env):
    campus = env["hospital.campus"].create({"name": "测速院区", "code": "BENCHN"})
    department = env["hospital.department"].create(
        {"name": "测速科", "code": "BENCHN", "campus_id": campus.id, "kind": "inpatient"}
    )
    wards = env["hospital.ward"].create(
        [
            {"name": f"测速{n}病区", "code": f"BENCHN{n}", "campus_id": campus.id, "department_ids": department.ids}
            for n in range(2)
        ]
    )
    return campus, department, wards


def make_plan(env, campus, wards, since):
    category = env.ref("hospital_base.charge_category_07")
    items = env["product.product"].create(
        [
            {
                "name": f"测速护理{kind}",
                "default_code": f"BENCHN{kind}",
                "list_price": price,
                "hospital_kind": "nursing",
                "hospital_charge_category_id": category.id,
                "uom_id": env.ref("hospital_base.uom_day").id,
                "type": "service",
            }
            for kind, price in (("whole", 85.5), ("3", 9.0))
        ]
    )
    return env["hospital.nursing.plan"].create(
        {
            "name": "测速方案",
            "campus_id": campus.id,
            "date_from": since,
            "ward_ids": [Command.create({"ward_id": wards[0].id})],
            "price_ids": [
                Command.create({"kind": kind, "product_id": item.id})
                for kind, item in zip(("whole", "3"), items, strict=True)
            ],
        }
    )


def make_inpatients(env, count, since):
    """Four of five lie in the ward with whole care since the first day."""
    campus, department, wards = make_ward(env)
    doctor = env["hospital.practitioner"].create({"name": "测速医生", "code": "BENCHN", "kind": "doctor"})
    company = campus.company_id
    beds = env["hospital.bed"].create(
        [{"name": f"{n}", "ward_id": wards[int(n % 5 == 0)].id, "sequence": n} for n in range(count)]
    )
    patients = env["hospital.patient"].create([{"name": f"测速{n}", "sex": "1"} for n in range(count)])
    begun = company._hospital_day_bounds(since)[0] + timedelta(hours=10)
    encounters = env["hospital.encounter"].create(
        [
            {
                "patient_id": patient.id,
                "kind": "inpatient",
                "campus_id": campus.id,
                "department_id": department.id,
                "registered_at": begun,
                "start_at": begun,
                "state": "in_progress",
                "practitioner_id": doctor.id,
            }
            for patient in patients
        ]
    )
    env["hospital.stay"].create(
        [
            {
                "encounter_id": encounter.id,
                "ward_id": bed.ward_id.id,
                "bed_id": bed.id,
                "department_id": department.id,
                "practitioner_id": doctor.id,
                "start_at": begun,
            }
            for encounter, bed in zip(encounters, beds, strict=True)
        ]
    )
    make_plan(env, campus, wards, since)
    return encounters


@benchmark(
    "The night's posting of bed-days",
    yardstick="create() of a bare model of the same charge lines",
    limit=1.5,
    short=1_000,  # of fewer, reading plan, items and settings once is more than posting them
    full=3_000,
    needs=("bench_bare",),
)
def bench_nursing_night(env, size):
    """Every round posts one more night of the same inpatients, who have been there since some days."""
    today = env.company._hospital_today()
    since = today - timedelta(days=60)
    encounters = make_inpatients(env, size, since)
    posting, bare, charge = env["hospital.nursing.posting"], env["bench.bare.charge"], env["hospital.charge"]
    columns = [name for name, field in bare._fields.items() if field.store and field.column_type]
    night = since + timedelta(days=7)
    posting._post(encounters.ids, through=night)
    env.flush_all()
    last = charge.search([("encounter_id", "in", encounters.ids), ("service_date", "=", night)])
    lines = [
        {name: value for name, value in row.items() if name in columns and name != "id"}
        for row in last.read(columns, load=None)
    ]

    def subject():
        nonlocal night
        env.invalidate_all()
        night += timedelta(days=1)
        result = posting._post(encounters.ids, through=night)
        if result["charged"] != len(encounters):
            raise AssertionError(f"{result} of {len(encounters)}")
        env.flush_all()

    def yardstick():
        env.invalidate_all()
        bare.create(lines)
        env.flush_all()

    yield "one night", subject, yardstick


@benchmark(
    "A month of bed-days reckoned again",
    yardstick="the sixty seconds it may take (for 300 inpatients, six)",
    limit=1,
    short=300,
    full=3_000,
)
def bench_nursing_month(env, size):
    """Nothing has changed: nothing is written."""
    since = env.company._hospital_today() - timedelta(days=DAYS)
    encounters = make_inpatients(env, size, since)
    posting = env["hospital.nursing.posting"]
    posting._post(encounters.ids)
    env.flush_all()

    def subject():
        env.invalidate_all()
        if posting._post(encounters.ids)["patients"]:
            raise AssertionError("something was posted again")

    def yardstick():
        env.cr.execute("SELECT pg_sleep(%s)", [BED_MONTH * size / 3_000])

    yield "nothing to change", subject, yardstick
