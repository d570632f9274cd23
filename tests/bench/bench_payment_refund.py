"""The daily screen of card balances against a reckoning of its own, of another shape, and equal to it to the card."""

from .harness import benchmark

EMERGENCY_DAYS, SPEND_DAYS, TOPUP_DAYS = 7, 53, 60

RECKONING = """
    WITH topup AS (
        SELECT entry.account_id, max(entry.day) AS day
          FROM hospital_account_entry entry
          JOIN hospital_pay_order paid ON paid.id = entry.order_id
          JOIN hospital_pay_channel channel ON channel.id = paid.channel_id AND channel.code IN ('wechat', 'alipay')
         WHERE entry.kind = 'topup' AND entry.day <= %(today)s GROUP BY entry.account_id
    ), spend AS (
        SELECT account_id, max(day) AS day FROM hospital_account_entry WHERE kind = 'spend' GROUP BY account_id
    ), emergency AS (
        SELECT patient_id, max((registered_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date) AS day
          FROM hospital_encounter WHERE kind IN ('emergency', 'observation') AND state <> 'cancelled' GROUP BY patient_id
    )
    SELECT account.id FROM hospital_account account
      JOIN hospital_card card ON card.id = account.card_id
      JOIN hospital_card_type card_type ON card_type.id = card.type_id
      JOIN topup ON topup.account_id = account.id
      LEFT JOIN spend ON spend.account_id = account.id
      LEFT JOIN emergency ON emergency.patient_id = account.patient_id
     WHERE account.kind = 'card' AND account.state = 'open' AND account.balance > 0 AND account.company_id = %(company)s
       AND card_type.may_hold_money AND card_type.kind <> 'insured'
       AND %(today)s - topup.day <= %(topup_days)s
       AND (spend.day IS NULL OR %(today)s - spend.day > %(spend_days)s)
       AND (emergency.day IS NULL OR %(today)s - emergency.day > %(emergency_days)s)
     ORDER BY account.id
"""


def fill(env, size):
    """Cards with one to three top-ups by several channels, every third one used, every fifth owner an emergency."""
    env.cr.execute("SELECT setseed(0.42)")
    campus = env["hospital.campus"].create({"name": "测速院区", "code": "BENCHR"})
    department = env["hospital.department"].create(
        {"name": "测速科", "code": "BENCHR", "campus_id": campus.id, "kind": "emergency"}
    )
    env.company.write(
        {
            "hospital_balance_topup_days": TOPUP_DAYS,
            "hospital_balance_emergency_days": EMERGENCY_DAYS,
            "hospital_balance_spend_days": SPEND_DAYS,
        }
    )
    env.flush_all()
    facts = {
        "size": size,
        "campus": campus.id,
        "department": department.id,
        "company": campus.company_id.id,
        "currency": campus.company_id.currency_id.id,
        "today": campus.company_id._hospital_today(),
        "user": env.uid,
        "types": env["hospital.card.type"].search([("prefix", "in", ("33", "35", "58"))]).ids,
        "channels": env["hospital.pay.channel"].search([("code", "in", ("wechat", "alipay", "cash"))]).ids,
        "insured": env["hospital.card.type"].search([("kind", "=", "insured")], limit=1).id,
    }
    # rows as business methods leave them; made by SQL, since it is reading them that is measured
    for statement in FILL:
        env.cr.execute(statement, facts)
        env.cr.execute("ANALYZE")  # else the triggers of the next one look for rows one after the other
    env.invalidate_all()
    return campus.company_id


FILL = (
    """CREATE TEMP TABLE bench_patient ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_patient (number, name,
       sex, allergy_state, active) SELECT 'BR' || n, '测速' || n, '1', 'unknown', true FROM generate_series(1,
       %(size)s) n RETURNING id) SELECT id, row_number() OVER (ORDER BY id) AS n FROM made""",
    """CREATE TEMP TABLE bench_card ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_card (patient_id, number,
       type_id, state, state_at, issued_at) SELECT id, 'BR' || n, CASE WHEN n %% 10 = 0 THEN COALESCE(%(insured)s,
       (%(types)s::int[])[1]) ELSE (%(types)s::int[])[1 + n %% 3] END, 'in_use', now(), now() FROM bench_patient
       RETURNING id, patient_id) SELECT made.id, patient_id, n FROM made JOIN bench_patient ON bench_patient.id =
       patient_id""",
    """CREATE TEMP TABLE bench_account ON COMMIT DROP AS WITH made AS ( INSERT INTO hospital_account (number, kind,
       patient_id, card_id, campus_id, company_id, currency_id, balance, state) SELECT 'BR' || n, 'card',
       patient_id, id, %(campus)s, %(company)s, %(currency)s, 0, 'open' FROM bench_card RETURNING id, patient_id)
       SELECT made.id, patient_id, n FROM made JOIN bench_patient ON bench_patient.id = patient_id""",
    """CREATE TEMP TABLE bench_order ON COMMIT DROP AS WITH drawn AS ( SELECT account.id AS account_id, patient_id,
       n, t, (%(channels)s::int[])[1 + (n + t) %% 3] AS channel_id, %(today)s::date - floor(random() * 120)::int AS
       day FROM bench_account account, generate_series(1, 3) t WHERE t <= 1 + n %% 3), made AS ( INSERT INTO
       hospital_pay_order (number, business, res_model, res_id, business_state, patient_id, account_id, campus_id,
       company_id, currency_id, channel_id, way, amount, state, state_at, paid_at, day, place, refunded_amount,
       refund_pending_amount) SELECT 'BR' || n || '_' || t, 'topup_card', 'hospital.account', account_id, 'done',
       patient_id, account_id, %(campus)s, %(company)s, %(currency)s, channel_id, 'qr', 100, 'paid', now(), day,
       day, 'app', 0, 0 FROM drawn RETURNING id, account_id, day) SELECT * FROM made""",
    """INSERT INTO hospital_account_entry (account_id, account_kind, campus_id, company_id, currency_id, kind,
       amount, at, day, order_id, place, user_id) SELECT account_id, 'card', %(campus)s, %(company)s, %(currency)s,
       'topup', 100, day, day, id, 'app', %(user)s FROM bench_order""",
    """INSERT INTO hospital_account_entry (account_id, account_kind, campus_id, company_id, currency_id, kind,
       amount, at, day, place, user_id) SELECT id, 'card', %(campus)s, %(company)s, %(currency)s, 'spend', CASE
       WHEN n %% 21 = 0 THEN -100 ELSE -30 END, now(), %(today)s::date - floor(random() * 110)::int, 'kiosk',
       %(user)s FROM bench_account WHERE n %% 3 = 0""",
    """INSERT INTO hospital_encounter (number, patient_id, kind, campus_id, company_id, department_id, state,
       registered_at) SELECT 'BR' || n, patient_id, CASE WHEN n %% 2 = 0 THEN 'emergency' ELSE 'observation' END,
       %(campus)s, %(company)s, %(department)s, CASE WHEN n %% 35 = 0 THEN 'cancelled' ELSE 'finished' END, now()
       AT TIME ZONE 'UTC' - random() * interval '20 days' FROM bench_account WHERE n %% 5 = 0""",
)


@benchmark(
    "The daily screen of card balances",
    yardstick="a reckoning of its own in bare SQL, with the same result",
    limit=3,
    short=5_000,
    full=50_000,
)
def bench_payment_refund(env, size):
    company = fill(env, size)
    accounts = env["hospital.account"]
    today = company._hospital_today()
    facts = {
        "today": today,
        "tz": company.hospital_tz,
        "company": company.id,
        "topup_days": TOPUP_DAYS,
        "spend_days": SPEND_DAYS,
        "emergency_days": EMERGENCY_DAYS,
    }

    def subject():
        env.invalidate_all()
        return accounts.search([("is_balance_due", "=", True)], order="id").ids

    def yardstick():
        env.cr.execute(RECKONING, facts)
        return [row[0] for row in env.cr.fetchall()]

    found, expected = subject(), yardstick()
    if found != expected:
        raise AssertionError(f"{len(set(found) ^ set(expected))} cards differ of {len(expected)}")
    if not size / 100 < len(found) < size:
        raise AssertionError(f"{len(found)} of {size} cards say nothing")
    yield "which cards are paid back", subject, yardstick
