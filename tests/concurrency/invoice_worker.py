"""One job of the electronic bills in a process of its own, so that it can be killed.

usage: invoice_worker.py CONFIG DATABASE pay COUNT | issue COUNT | back SETTLEMENT… | cancel SETTLEMENT… |
       missing | deliver | rest SETTLEMENT…
`pay` and `issue` print the settlements they have made; the others print nothing. `rest` delivers until their bills have come
to rest; `issue` pays and rests.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import odoo
from odoo.modules.registry import Registry

SETTLING = 120


class Worker:
    def __init__(self, config, database):
        odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http", "--log-level=critical"])
        self.registry = Registry(database)

    def env(self, cr, login=None):
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "zh_CN"})
        return env(user=env["res.users"].search([("login", "=", login)]).id) if login else env

    def issue(self, count):
        self.rest(*self.pay(count))

    def pay(self, count):
        """As the cash desk does it: a visit, a charge, cash."""
        settlements = []
        for _number in range(int(count)):
            with self.registry.cursor() as cr:
                env = self.env(cr)
                cashier = env["res.users"].search([("login", "=", "cashier")])
                campus = cashier.hospital_campus_id or cashier.hospital_campus_ids[:1]
                department = env["hospital.department"].search(
                    [("campus_id", "=", campus.id), ("kind", "=", "clinic")], limit=1
                )
                visit = env["hospital.encounter"].create(
                    {
                        "patient_id": env["hospital.patient"].search([("sex", "=", "1")], limit=1).id,
                        "kind": "outpatient",
                        "campus_id": campus.id,
                        "department_id": department.id,
                    }
                )
                items = env["product.product"].search([("hospital_kind", "=", "lab"), ("list_price", ">", 0)], limit=2)
                charges = env["hospital.charge"]._charge(
                    [{"encounter_id": visit.id, "product_id": item.id, "quantity": 2} for item in items]
                )
                cash = env.ref("hospital_payment.channel_cash")
                answer = self.env(cr, "cashier")["hospital.cash.desk"].pay(
                    {
                        "encounter_id": visit.id,
                        "charge_ids": charges.ids,
                        "expected": sum(charges.mapped("amount")),
                        "tenders": [{"channel_id": cash.id}],
                    }
                )
            settlements.append(answer["settlement"]["id"])
            print(settlements[-1], flush=True)
        return settlements

    def back(self, *settlements):
        """One piece of one charge of each goes back."""
        for settlement_id in settlements:
            with self.registry.cursor() as cr:
                settlement = self.env(cr, "cashier")["hospital.settlement"].browse(int(settlement_id))
                charge = settlement.line_ids.charge_id.filtered("open_quantity")[:1]
                settlement._refund_lines({charge.id: 1}, "退费")

    def cancel(self, *settlements):
        for settlement_id in settlements:
            with self.registry.cursor() as cr:
                self.env(cr, "cashier")["hospital.settlement"].browse(int(settlement_id))._cancel("作废")

    def missing(self):
        """The scheduled action, as a second scheduler would run it at the same moment."""
        with self.registry.cursor() as cr:
            self.env(cr)["hospital.invoice"]._cron_follow_up()

    def deliver(self):
        with self.registry.cursor() as cr:
            self.env(cr)["hospital.platform"].search([("code", "=", "bosssoft")])._deliver()

    def rest(self, *settlements):
        """Deliver and look after the rest, as the hours go by for what waits."""
        ends = time.monotonic() + SETTLING
        while time.monotonic() < ends:
            with self.registry.cursor() as cr:
                cr.execute(
                    """UPDATE hospital_message SET next_try_at = now() AT TIME ZONE 'UTC'
                        WHERE next_try_at IS NOT NULL AND state IN ('retry', 'unknown')"""
                )
            self.deliver()
            self.missing()
            with self.registry.cursor() as cr:
                cr.execute(
                    """SELECT number, state FROM hospital_invoice WHERE settlement_id = ANY(%s)
                          AND (state NOT IN ('issued', 'on_paper', 'flushed', 'void') OR next_paper_id IS NOT NULL)""",
                    [list(map(int, settlements))],
                )
                left = cr.fetchall()
            if not left:
                return
            time.sleep(0.5)
        raise SystemExit(f"not at rest: {left}")


def main():
    config, database, job, *arguments = sys.argv[1:]
    getattr(Worker(config, database), job)(*arguments)


main()
