"""Bills that waited for the bill platform for an hour, and a bare loop that posts the same envelopes to it."""

import requests
from odoo import Command, fields

from .harness import benchmark
from .serving import serving

SERVICE = "invoiceEBillOutpatient"
WARM = 20


class Waiting:
    """Bills of ordinary visits: three charges of two categories each."""

    def __init__(self, env):
        self.env = env
        campus = env["hospital.campus"].create({"name": "测速院区", "code": "BENCHI"})
        department = env["hospital.department"].create(
            {"name": "测速内科", "code": "BENCHI", "campus_id": campus.id, "kind": "clinic"}
        )
        patient = env["hospital.patient"].create({"name": "测速病人", "sex": "1", "birth_date": "1980-01-01"})
        self.encounter = env["hospital.encounter"].create(
            {"patient_id": patient.id, "kind": "outpatient", "campus_id": campus.id, "department_id": department.id}
        )
        self.place = env["hospital.invoice.place"].create(
            {"code": "BENCHI", "name": "测速窗口", "campus_id": campus.id}
        )
        self.kind = env["hospital.invoice.kind"].search([("issue_interface", "=", SERVICE)], limit=1)
        self.count = 0

    def make(self, size):
        return self.env["hospital.invoice"].browse([self._one().id for _number in range(size)])

    def _one(self):
        self.count += 1
        invoices, visit, kind = self.env["hospital.invoice"], self.encounter, self.kind
        rows = (("09", "西药费", "药品", 10.5), ("09", "西药费", "药品", 9.5), ("04", "化验费", "血常规", 20))
        items = {code: (name, sum(row[3] for row in rows if row[0] == code)) for code, name, _thing, _amount in rows}
        details = [
            {"sequence": number, "category_code": code, "category_name": name, "name": thing, "quantity": 1,
             "price": amount, "amount": amount}
            for number, (code, name, thing, amount) in enumerate(rows, 1)
        ]  # fmt: skip
        return invoices._create_quietly(
            {
                "kind_id": kind.id,
                **invoices._prepare_number(kind, visit.company_id, fields.Datetime.now()),
                "res_model": "hospital.settlement",
                "res_id": -self.count,
                "encounter_id": visit.id,
                "patient_id": visit.patient_id.id,
                "campus_id": visit.campus_id.id,
                "company_id": visit.company_id.id,
                "currency_id": visit.company_id.currency_id.id,
                "user_id": self.env.uid,
                "place_id": self.place.id,
                "payer_name": visit.patient_id.name,
                "amount": 40,
                "self_amount": 40,
                "own_amount": 40,
                "item_ids": [
                    Command.create({"sequence": number, "code": code, "name": name, "amount": amount})
                    for number, (code, (name, amount)) in enumerate(items.items(), 1)
                ],
                "detail_ids": [Command.create(detail) for detail in details],
                "pay_ids": [Command.create({"code": "cash", "name": "现金", "platform_code": "02", "amount": 40})],
            }
        )


@benchmark(
    "Bills that waited for an hour",
    yardstick="a bare loop that posts the same envelopes",
    limit=2,
    short=100,
    full=2_000,
    once=True,
)
def bench_invoice_catch_up(env, size):
    from odoo.addons.hospital_exchange.tools.delivery import Delivery
    from odoo.addons.hospital_invoice.tools import bosssoft_sign

    platform = env.ref("hospital_invoice.platform_bosssoft")
    with serving(env) as address:
        url = f"{address}/sandbox/bosssoft"
        platform.write({"mode": "sandbox", "url_sandbox": url, "deliver_deadline": 3600})
        waiting = Waiting(env)
        interface = platform.interface_ids.filtered(lambda one: one.code == SERVICE)
        env.cr.commit()

        def deliver_once():
            with env.registry.cursor() as cr, env.registry.cursor() as config_cr:
                Delivery(platform.with_env(env(cr=cr)), platform.with_env(env(cr=config_cr))).run()
            env.cr.rollback()
            env.invalidate_all()

        def deliver(bills):
            deliver_once()
            if set(bills.mapped("state")) != {"issued"}:
                raise AssertionError(sorted(set(bills.mapped("state"))))
            agree(bills)

        def agree(bills):
            """The platform has each of them once, to the cent."""
            env.cr.execute(
                """SELECT count(*), count(DISTINCT data ->> 'busNo'), sum((data ->> 'total')::int) FROM hospital_sandbox_record
                    WHERE platform_id = %s AND kind = 'bill' AND data ->> 'busNo' = ANY(%s)""",
                [platform.id, bills.mapped("number")],
            )
            if env.cr.fetchone() != (len(bills), len(bills), round(sum(bills.mapped("amount")) * 100)):
                raise AssertionError("the platform does not hold what the hospital holds")

        def together(bills):
            with env.registry.cursor() as cr:
                env(cr=cr)["hospital.invoice"]._cron_follow_up()
            deliver(bills)
            if bills.filtered(lambda bill: bill.batch_id.state != "done"):
                raise AssertionError("some went alone")

        def bare(bodies):
            with requests.Session() as session:
                for body in bodies:
                    reply = session.post(
                        f"{url}/{SERVICE}", data=body, headers={"Content-Type": "application/json"}, timeout=(5, 30)
                    )
                    reply.raise_for_status()
                    result, words, _values = bosssoft_sign.open_answer(reply.json(), *signing)
                    if result != bosssoft_sign.OK:
                        raise AssertionError(words)

        def envelopes(bills, prefix):
            return [
                bosssoft_sign.write(
                    bosssoft_sign.wrap({**interface._build(bill), "busNo": f"{prefix}{bill.number}"}, *signing)
                ).encode()
                for bill in bills
            ]

        signing = (platform._parameter("appid"), platform._secret("sign_key"), "1.0")
        warm = waiting.make(WARM)
        warm._follow()
        env.cr.commit()
        deliver(warm)
        bare(envelopes(warm, "W"))

        queued = waiting.make(size)
        queued._follow()
        bodies = envelopes(queued, "Q")
        env.cr.commit()
        yield "they were queued already", lambda: deliver(queued), lambda: bare(bodies)

        platform.mode = "disabled"
        waiting_bills = waiting.make(size)
        waiting_bills._follow()
        bodies = envelopes(waiting_bills, "B")
        platform.mode = "sandbox"
        # the far side has issued a batch by the second question; here nobody waits in between
        platform.interface_ids.filtered(lambda one: one.code == "getBatchInvoiceEBill").query_delay = 0
        env.cr.commit()
        yield "they go in batches", lambda: together(waiting_bills), lambda: bare(bodies)
