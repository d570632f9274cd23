"""One search box over a million patients: each kind of key against the bare SQL of the same indexed query."""

from odoo.tools import SQL

from .harness import benchmark

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲建国华红玉梅英慧兰春海燕波宁志永健世广义兴良"
LIMIT = 80
TIMES = 10  # one search takes a millisecond, and a noisy machine as much again


def fill(env, size):
    """Patients, a document, a phone and a card each, by plain SQL; nobody can hold these numbers."""
    params = {
        "size": size,
        "surnames": SURNAMES,
        "surnames_count": len(SURNAMES),
        "given": GIVEN,
        "given_count": len(GIVEN),
        "document": env.ref("hospital_base.identifier_type_resident_id").id,
        "card": env.ref("hospital_base.card_type_self_33").id,
        "uid": env.uid,
    }
    env.cr.execute(
        SQL(
            """
        INSERT INTO hospital_patient (name, pinyin, initials, number, sex, birth_date, phone_full, active, allergy_state,
                                      create_uid, create_date)
        SELECT CASE WHEN n %% 50 = 0
                    THEN 'SMITH ' || chr(65 + n %% 26) || 'OHN' || chr(65 + (n / 50) %% 26) || chr(65 + (n / 1300) %% 26)
                    ELSE substr(%(surnames)s, 1 + n %% %(surnames_count)s, 1)
                         || substr(%(given)s, 1 + (n / 7) %% %(given_count)s, 1)
                         || CASE WHEN n %% 5 = 0 THEN '' ELSE substr(%(given)s, 1 + (n / 331) %% %(given_count)s, 1) END END,
               chr(97 + n %% 26) || 'ang ' || chr(97 + (n / 26) %% 26) || 'iao ' || chr(97 + (n / 676) %% 26) || 'ing',
               chr(65 + n %% 26) || chr(65 + (n / 26) %% 26) || chr(65 + (n / 676) %% 26),
               'B' || lpad(n::text, 9, '0'), (1 + n %% 2)::text, DATE '1930-01-01' + n %% 34000,
               '1990' || lpad(n::text, 7, '0'), true, 'unknown', %(uid)s, now() - n * INTERVAL '10 seconds'
        FROM generate_series(1, %(size)s) AS n
    """,
            **params,
        )
    )
    env.cr.execute(
        SQL(
            """
        INSERT INTO hospital_identifier (patient_id, type_id, number_full, match_key, is_current, active)
        SELECT id, %(document)s, '119999' || number, '119999' || number, true, true
        FROM hospital_patient WHERE number LIKE 'B%%'
    """,
            **params,
        )
    )
    env.cr.execute(
        SQL(
            """
        INSERT INTO hospital_card (patient_id, type_id, number, state, issued_at, state_at)
        SELECT id, %(card)s, '33' || substr(number, 2), 'in_use', now(), now()
        FROM hospital_patient WHERE number LIKE 'B%%'
    """,
            **params,
        )
    )
    for table in ("hospital_patient", "hospital_identifier", "hospital_card"):
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))


def keys(env, size):
    """(kind of key, what is typed, condition of the bare SQL)"""
    env.cr.execute(
        "SELECT id, name, initials, number FROM hospital_patient WHERE number LIKE 'B%%' ORDER BY id DESC OFFSET %s "
        "LIMIT 1",
        [size // 2 + size // 2 % 50 + 1],
    )
    _id, name, initials, number = env.cr.fetchone()
    n = int(number[1:])
    Patient = env["hospital.patient"]

    def by_number(typed):
        # what a person typed may be any number: the bare SQL looks into the same indexes
        union = SQL(" UNION ALL ").join(SQL("(%s)", query) for query in Patient._hospital_number_queries(typed))
        return SQL("id = ANY(ARRAY(%s))", union)

    def by_characters(typed):
        return SQL("string_to_array(name, NULL) @> string_to_array(%s, NULL) AND name LIKE %s", typed, f"%{typed}%")

    def by_letters(typed):
        return SQL(
            "(initials LIKE %s OR pinyin LIKE %s OR name ILIKE %s OR name_latin ILIKE %s)",
            f"{typed.upper()}%",
            f"{typed.lower()}%",
            f"%{typed}%",
            f"%{typed}%",
        )

    numbers = {
        "document number": f"119999{number}",
        "card number": f"33{n:09}",
        "patient number": number,
        "phone": f"1990{n:07}",
        "start of a phone": f"1990{n:07}"[:9],
        "start of a card number": f"33{n:09}"[:10],
    }
    names = {"surname": name[0], "one character": name[-1], "two characters": name[1:], "whole name": name}
    letters = {"initials": initials, "pinyin": "cang dia", "part of a foreign name": "OHNAB"}
    for conditions, typed in ((by_number, numbers), (by_characters, names), (by_letters, letters)):
        for kind, text in typed.items():
            yield kind, text, conditions(text)


@benchmark("Patient search", yardstick="bare SQL of the same indexed query", limit=3, short=20_000, full=1_000_000)
def bench_patients(env, size):
    fill(env, size)
    Patient = env["hospital.patient"]
    for kind, typed, condition in keys(env, size):
        query = SQL("SELECT id FROM hospital_patient WHERE active AND %s ORDER BY id DESC LIMIT %s", condition, LIMIT)
        found = [row[0] for row in env.execute_query(query)]
        if not found or found != Patient.search([("search_text", "ilike", typed)], limit=LIMIT).ids:
            raise AssertionError(f"the two searches by {kind} do not agree")

        def subject(typed=typed):
            for _time in range(TIMES):
                found = Patient.search([("search_text", "ilike", typed)], limit=LIMIT).ids
            return found

        def bare(query=query):
            for _time in range(TIMES):
                found = env.execute_query(query)
            return found

        yield kind, subject, bare
