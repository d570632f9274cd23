"""A day of a merchant matched against its bill, and what a bare full join of the same tables takes."""

from odoo.tools import SQL

from .harness import benchmark

DIFFERENT = 500  # one line in so many differs, in turns in each way


def make_merchant(env):
    campus = env["hospital.campus"].create({"name": "测速院区", "code": "BENCHR"})
    return env["hospital.pay.merchant"].create(
        {"name": "测速商户", "channel_id": env.ref("hospital_payment.channel_wechat").id, "campus_id": campus.id}
    )


def make_orders(env, merchant, day, count):
    """Paid orders, four in a hundred of them with a refund line, written as the table takes them."""
    start = merchant.company_id._hospital_day_bounds(day)[0]
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_pay_order (number, business, business_state, campus_id, company_id, currency_id, channel_id,
                      merchant_id, way, amount, state, state_at, channel_number, paid_at, day, refunded_amount,
                      refund_pending_amount, place, user_id)
               SELECT 'PBENCH' || lpad(n::text, 12, '0'), 'other', 'done', %(campus)s, %(company)s, %(currency)s, %(channel)s,
                      %(merchant)s, 'code', 1 + n %% 900, 'paid', %(start)s, '4200' || n, %(start)s::timestamp + n * interval '0.2 s',
                      %(day)s, 0, 0, 'app', %(user)s
                 FROM generate_series(1, %(count)s) AS n""",
            campus=merchant.campus_id.id,
            company=merchant.company_id.id,
            currency=merchant.company_id.currency_id.id,
            channel=merchant.channel_id.id,
            merchant=merchant.id,
            start=start,
            day=day,
            user=env.uid,
            count=count,
        )
    )
    paid = env["hospital.pay.order"].search([("merchant_id", "=", merchant.id)], limit=1)
    refund = env["hospital.refund"].create(
        {
            "number": "RBENCH",
            "source": "order",
            "order_id": paid.id,
            "campus_id": paid.campus_id.id,
            "amount": 1,
            "state": "done",
        }
    )
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_refund_line (refund_id, number, order_id, way, campus_id, amount,
                      state, done_at, day)
               SELECT %s, replace(number, 'P', 'R') || '-1', id, 'original', campus_id, 0.5, 'done',
                      paid_at, day
                 FROM hospital_pay_order WHERE merchant_id = %s AND id %% 25 = 0""",
            refund.id,
            merchant.id,
        )
    )


def make_bill(env, merchant, day, count):
    """The same lines from the channel; gives how many differences were put in."""
    bill = env["hospital.bill"]._load(merchant, day, [], "uploaded", "bench")
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_bill_line (bill_id, kind, our_number, channel_number, amount, fee, at, state, key, nth)
               SELECT %(bill)s, 'pay', number, channel_number,
                      amount + CASE n %% (3 * %(different)s) WHEN %(different)s THEN 1 ELSE 0 END, 0, paid_at, 'done', number, 1
                 FROM (SELECT *, right(number, 12)::int AS n FROM hospital_pay_order WHERE merchant_id = %(merchant)s) AS ours
                WHERE n %% (3 * %(different)s) <> 0
               UNION ALL
               SELECT %(bill)s, 'pay', 'X' || n, '', 5, 0, NULL, 'done', 'X' || n, 1
                 FROM generate_series(1, %(count)s / (3 * %(different)s)) AS n
               UNION ALL
               SELECT %(bill)s, 'refund', paid.number, '', line.amount, 0, line.done_at, 'done', line.number, 1
                 FROM hospital_refund_line AS line JOIN hospital_pay_order AS paid ON paid.id = line.order_id
                WHERE paid.merchant_id = %(merchant)s""",
            bill=bill.id,
            merchant=merchant.id,
            count=count,
            different=DIFFERENT,
        )
    )
    env.cr.execute(
        SQL(
            """UPDATE hospital_bill AS bill SET line_count = sums.lines, pay_count = sums.paid, pay_amount = sums.pay_amount,
                      refund_count = sums.lines - sums.paid, refund_amount = sums.refund_amount
                 FROM (SELECT count(*) AS lines, count(*) FILTER (WHERE kind = 'pay') AS paid,
                              sum(amount) FILTER (WHERE kind = 'pay') AS pay_amount,
                              COALESCE(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refund_amount
                         FROM hospital_bill_line WHERE bill_id = %(bill)s) AS sums
                WHERE bill.id = %(bill)s""",
            bill=bill.id,
        )
    )
    env.invalidate_all()
    rows = "SELECT count(*) FILTER (WHERE n %% (3 * %s) = 0) + count(*) FILTER (WHERE n %% (3 * %s) = %s) + %s FROM generate_series(1, %s) AS n"
    [[known]] = env.execute_query(SQL(rows, DIFFERENT, DIFFERENT, DIFFERENT, count // (3 * DIFFERENT), count))
    return bill, known


@benchmark(
    "Matching a day with its bill",
    yardstick="a bare full join of the orders and the lines of the bill",
    limit=5,
    short=60_000,
    full=200_000,
)
def bench_payment_recon(env, size):
    """Every round matches the whole day and finds exactly the differences that were put in."""
    merchant = make_merchant(env)
    day = env.company._hospital_today().replace(year=2020, day=1)
    make_orders(env, merchant, day, size)
    bill, known = make_bill(env, merchant, day, size)
    env.cr.execute("ANALYZE hospital_pay_order, hospital_refund_line, hospital_bill_line")
    recon = env["hospital.recon"]._for(merchant, day)
    recon.write({"bill_id": bill.id})

    def subject():
        recon._match()
        if recon.difference_count != known or recon.matched_count != bill.line_count - known + size // (3 * DIFFERENT):
            raise AssertionError(f"{recon.difference_count} differences of {known}")
        if abs(recon.difference - recon.open_difference) > 0.001:
            raise AssertionError("the differences do not add up")

    def yardstick():
        env.execute_query(
            SQL(
                """SELECT count(*) FROM (SELECT number, amount FROM hospital_pay_order WHERE merchant_id = %s AND day = %s) AS ours
                     FULL JOIN (SELECT our_number, amount FROM hospital_bill_line WHERE bill_id = %s) AS theirs
                       ON theirs.our_number = ours.number
                    WHERE ours.amount IS DISTINCT FROM theirs.amount""",
                merchant.id,
                day,
                bill.id,
            )
        )

    yield "the whole day", subject, yardstick
