"""Lists of a million electronic bills: what a clerk opens and types, against the bare SQL that finds the same bills."""

from odoo import Command
from odoo.tools import SQL

from .harness import benchmark

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲建国华红玉梅英慧兰春海燕波宁志永健世广义兴良"
LIMIT = 80
TIMES = 5
BILLS_EACH = 5
TASK = ("failed", "stopped", "unknown")


def fill(env, size):
    """Every patient has a card, a visit and five bills; every 20th bill was flushed, some of the newest need somebody."""
    campuses = env["hospital.campus"].create(
        [{"name": f"测速院区{number}", "code": f"BENCHL{number}"} for number in (1, 2)]
    )
    departments = env["hospital.department"].create(
        [{"name": "测速科", "code": "BENCHL", "campus_id": campus.id, "kind": "clinic"} for campus in campuses]
    )
    env.flush_all()
    facts = {
        "patients": size // BILLS_EACH,
        "bills": size - size // 20,
        "size": size,
        "each": BILLS_EACH,
        "surnames": SURNAMES,
        "surnames_count": len(SURNAMES),
        "given": GIVEN,
        "given_count": len(GIVEN),
        "campuses": campuses.ids,
        "departments": departments.ids,
        "company": campuses[0].company_id.id,
        "currency": campuses[0].company_id.currency_id.id,
        "kinds": [env["hospital.invoice.kind"]._get(code).id for code in ("outpatient", "registration", "inpatient")],
        "card": env.ref("hospital_base.card_type_self_33").id,
        "user": env.uid,
    }
    # rows as business methods leave them; made by SQL, since it is reading them that is measured
    for statement in FILL:
        env.cr.execute(statement, facts)
        env.cr.execute("ANALYZE")  # else the next statement plans for empty tables
    env.invalidate_all()
    return campuses


FILL = (
    """CREATE TEMP TABLE bench_patient ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_patient (name, pinyin,
       initials, number, sex, allergy_state, active) SELECT substr(%(surnames)s, 1 + n %% %(surnames_count)s, 1) ||
       substr(%(given)s, 1 + (n / 7) %% %(given_count)s, 1) || substr(%(given)s, 1 + (n / 331) %% %(given_count)s, 1),
       'pang ' || chr(97 + n %% 26) || 'iao', chr(65 + n %% 26) || chr(65 + (n / 26) %% 26) || chr(65 + (n / 676)
       %% 26), 'BL' || lpad(n::text, 8, '0'), '1', 'unknown', true FROM generate_series(1, %(patients)s) n
       RETURNING id, number) SELECT id, substr(number, 3)::int AS n FROM made""",
    """INSERT INTO hospital_card (patient_id, type_id, number, state, issued_at, state_at) SELECT id, %(card)s, '33' ||
       lpad(n::text, 9, '0'), 'in_use', now(), now() FROM bench_patient""",
    """CREATE TEMP TABLE bench_visit ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_encounter (number, patient_id,
       kind, campus_id, company_id, department_id, state, registered_at) SELECT 'BL' || n, id, 'outpatient',
       (%(campuses)s::int[])[1 + n %% 2], %(company)s, (%(departments)s::int[])[1 + n %% 2], 'finished', now() FROM
       bench_patient RETURNING id, patient_id, campus_id) SELECT made.*, n AS place FROM made JOIN bench_patient ON
       bench_patient.id = patient_id""",
    """CREATE TEMP TABLE bench_bill ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_invoice (number, bus_time,
       bus_day, kind_id, colour, is_current, res_model, res_id, encounter_id, patient_id, campus_id, company_id,
       currency_id, amount, self_amount, payer_name, channel, user_id, state, state_at, print_count, batch_code,
       bill_number, check_code) SELECT 'BL' || lpad(n::text, 12, '0'), to_char(now() - (%(size)s - n) * interval '30
       seconds', 'YYYYMMDDHH24MISSMS'), (now() - (%(size)s - n) * interval '30 seconds')::date, (%(kinds)s::int[])[1 +
       n %% 3], 'blue', n %% 20 > 0, 'hospital.settlement', n - 2000000000, bench_visit.id, patient_id, campus_id, %(company)s,
       %(currency)s, 40, 40, '测速', 'window', %(user)s, CASE WHEN n %% 20 = 0 THEN 'flushed' WHEN n > %(bills)s - 200
       THEN (ARRAY['failed', 'unknown', 'stopped', 'issued'])[1 + n %% 4] ELSE 'issued' END, now(), n %% 3, '51060126',
       lpad(n::text, 10, '0'), 'abcdef' FROM bench_visit, generate_series(1, %(bills)s) bill(n) WHERE place = 1
       + bill.n %% %(patients)s RETURNING id, res_id) SELECT id, res_id + 2000000000 AS n FROM made""",
    """INSERT INTO hospital_invoice (number, bus_time, bus_day, kind_id, colour, is_current, original_id, res_model,
       res_id, encounter_id, patient_id, campus_id, company_id, currency_id, amount, self_amount, payer_name, channel,
       user_id, state, state_at, print_count, batch_code, bill_number, check_code) SELECT 'BR' || lpad(n::text, 12,
       '0'), bus_time, bus_day, kind_id, 'red', false, blue.id, res_model, res_id, encounter_id, patient_id, campus_id,
       company_id, currency_id, -40, -40, payer_name, channel, user_id, 'issued', now(), 0, batch_code, 'R' || n,
       'abcdef' FROM bench_bill JOIN hospital_invoice blue ON blue.id = bench_bill.id WHERE n %% 20 = 0""",
)


def clerk(env, campus):
    """A finance clerk who sees one of the two campuses."""
    return env["res.users"].create(
        {
            "name": "测速财务",
            "login": "bench_bills",
            "group_ids": [Command.set([env.ref("hospital_base.group_hospital_finance_clerk").id])],
            "hospital_campus_ids": [Command.set(campus.ids)],
            "hospital_campus_id": campus.id,
        }
    )


def searches(env, size):
    """(what is typed, condition of the bare SQL): a bill and its patient in the middle of all."""
    env.cr.execute(
        """SELECT bill.number, bill.bill_number, patient.name, patient.initials, patient.number, card.number
             FROM hospital_invoice bill JOIN hospital_patient patient ON patient.id = bill.patient_id
             JOIN hospital_card card ON card.patient_id = patient.id
            WHERE bill.number = %s""",
        [f"BL{size // 2 // 120 * 120 + 42:012}"],
    )
    number, bill_number, name, initials, record, card = env.cr.fetchone()
    of_patients = "patient_id IN (SELECT id FROM hospital_patient WHERE active AND %s)"
    patients = env["hospital.patient"]
    keys = {"business number": number, "bill number": bill_number, "patient number": record, "card": card}
    for kind, text in keys.items():
        # what a person typed may be any number: the bare SQL looks into the same indexes
        meant = SQL(" UNION ALL ").join(SQL("(%s)", query) for query in patients._hospital_number_queries(text))
        roads = SQL(
            """SELECT id FROM hospital_invoice WHERE number = %s
                UNION ALL SELECT id FROM hospital_invoice WHERE bill_number = %s
                UNION ALL SELECT id FROM hospital_invoice WHERE settlement_id IN (
                          SELECT id FROM hospital_settlement WHERE number = %s)
                UNION ALL SELECT id FROM hospital_invoice WHERE patient_id = ANY(ARRAY(%s))""",
            text,
            text,
            text,
            meant,
        )
        yield kind, text, SQL("id = ANY(ARRAY(%s))", roads)
    for kind, typed in (("name", name), ("surname", name[0])):
        exact = SQL("string_to_array(name, NULL) @> string_to_array(%s, NULL) AND name LIKE %s", typed, f"%{typed}%")
        yield kind, typed, SQL(of_patients, exact)
    letters = SQL("initials LIKE %s OR pinyin LIKE %s OR name ILIKE %s OR name_latin ILIKE %s",
                  f"{initials}%", f"{initials.lower()}%", f"%{initials}%", f"%{initials}%")  # fmt: skip
    yield "initials", initials, SQL(of_patients, SQL("(%s)", letters))


@benchmark("Lists of electronic bills", yardstick="bare SQL of the same bills", limit=3, short=20_000, full=1_000_000)
def bench_invoice_list(env, size):
    campuses = fill(env, size)
    campus = campuses[1]
    bills = env["hospital.invoice"].with_user(clerk(env, campus)).with_context(bin_size=True)
    partner = env["res.partner"].create({"name": "测速"})
    env.cr.execute("SELECT id FROM hospital_patient WHERE number = %s", [f"BL{size // BILLS_EACH // 2:08}"])
    env["hospital.patient"].browse(env.cr.fetchone()[0]).partner_id = partner
    env.flush_all()

    def case(name, domain, condition, model=bills, seen=campus):
        where = SQL("campus_id = %s AND %s", seen.id, condition) if seen else condition
        query = SQL("SELECT id FROM hospital_invoice WHERE %s ORDER BY id DESC LIMIT %s", where, LIMIT)

        def subject():
            for _time in range(TIMES):
                found = model.search(domain, limit=LIMIT).ids
            return found

        def bare():
            for _time in range(TIMES):
                found = [row[0] for row in env.execute_query(query)]
            return found

        if not (found := subject()) or found != bare():
            raise AssertionError(f"{name}: the two lists do not agree")
        return name, subject, bare

    yield case("needs somebody", [("is_task", "=", True)], SQL("state IN %s", TASK))
    yield case("all of them", [], SQL("TRUE"))
    day = env.execute_query(SQL("SELECT max(bus_day) FROM hospital_invoice WHERE campus_id = %s", campus.id))[0][0]
    yield case("one day", [("bus_day", "=", day)], SQL("bus_day = %s", day))
    action = env.ref("hospital_invoice.action_hospital_invoice_reprint_outpatient")._get_action_dict()
    finder = [
        ("kind_id.code", "not in", ("inpatient", "deposit")),
        ("colour", "=", "blue"),
        ("bill_number", "!=", False),
    ]
    if str(finder) != action["domain"]:
        raise AssertionError(f"the finder looks elsewhere: {action['domain']}")
    printable = SQL(
        "colour = 'blue' AND bill_number IS NOT NULL AND kind_id IN (SELECT id FROM hospital_invoice_kind "
        "WHERE code NOT IN ('inpatient', 'deposit'))"
    )
    for kind, typed, condition in searches(env, size):
        seen = case(f"by {kind}", [("search_text", "ilike", typed)], condition)
        yield seen
        if kind in ("card", "name", "surname"):
            both = SQL("%s AND %s", printable, condition)
            yield case(f"to print again by {kind}", [*finder, ("search_text", "ilike", typed)], both)
    own = SQL("state <> 'void' AND patient_id IN (SELECT id FROM hospital_patient WHERE partner_id = %s)", partner.id)
    portal = [("patient_id.partner_id", "=", partner.id), ("state", "!=", "void")]
    yield case("of a patient on his phone", portal, own, model=env["hospital.invoice"], seen=None)
