"""A cash desk in a process of its own: random top-ups, payments and refunds, until it is done or killed.

usage: payment_worker.py CONFIG DATABASE SEED OPERATIONS LOG ACCOUNT…
Every operation that was committed is a line of LOG: kind and the id of its order or entry.
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import odoo
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

KINDS = ("topup", "topup", "spend", "spend", "refund", "online", "online", "back")
CODES = {"wechat": "13000000000000", "alipay": "28000000000000"}


class Desk:
    def __init__(self, config, database, seed, log, accounts):
        odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http", "--log-level=critical"])
        self.registry = Registry(database)
        self.random = random.Random(seed)  # noqa: S311 the same run for the same seed
        self.log = Path(log)
        self.accounts = [int(account) for account in accounts]

    def work(self, operations):
        done = 0
        while done < operations:
            done += self.one()

    def one(self):
        kind = self.random.choice(KINDS)
        account = self.random.choice(self.accounts)
        amount = self.random.randrange(1, 3000) / 100
        try:
            done = getattr(self, kind)(account, amount)
        except (UserError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            return 0  # there was not so much money, or somebody else was at the account: told and nothing done
        with self.log.open("a") as log:
            log.write(f"{kind} {done}\n")
        return 1

    def cashier(self, cr):
        return self.somebody(cr, "cashier")

    def somebody(self, cr, role):
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})
        return env(user=env.ref(f"hospital_base.user_{role}").id)

    def open_order(self, env, account, amount, channel, way):
        account = env["hospital.account"].browse(account)
        return env["hospital.pay.order"]._open(
            account if way != "account" else None,
            "topup_card" if way != "account" else "other",
            env["hospital.pay.channel"]._get(channel),
            amount,
            way,
            patient_id=account.patient_id.id,
            account_id=account.id,
        )

    def topup(self, account, amount):
        with self.registry.cursor() as cr:
            order = self.open_order(self.cashier(cr), account, amount, "cash", "cash")
            order._pay_cash()
            return order.id

    def spend(self, account, amount):
        with self.registry.cursor() as cr:
            order = self.open_order(self.cashier(cr), account, amount, "card_account", "account")
            order._pay_account()
            return order.id

    def refund(self, account, amount):
        with self.registry.cursor() as cr:
            env = self.cashier(cr)
            shift = env["hospital.shift"]._current()
            rows = [{"account_id": account, "kind": "refund", "amount": -amount, "shift_id": shift.id}]
            return env["hospital.account"]._book(rows).id

    def online(self, account, amount):
        """As the screen does it: the order is committed first, then the code is charged."""
        channel = self.random.choice(list(CODES))
        with self.registry.cursor() as cr:
            order_id = self.open_order(self.cashier(cr), account, amount, channel, "code").id
        with self.registry.cursor() as cr:
            order = self.cashier(cr)["hospital.pay.order"].browse(order_id)
            play = self.random.choice(("0001", "0001", "0001", "9001", "9005", "9006", "9003"))
            order._pay_code(CODES[channel] + play)
        return order_id

    def back(self, account, amount):
        """Money of the account goes back by the roads it came: asked for, approved, and paid out as far as it is cash."""
        with self.registry.cursor() as cr:
            env = self.cashier(cr)
            known = env["hospital.refund"].search(
                [("account_id", "=", account), ("state", "in", ("requested", "approved"))]
            )
            if known:  # somebody has begun it, and may be dead
                refund_id = known[0].id
            else:
                reason = env.ref("hospital_payment.refund_reason_wish")
                refund_id = (
                    env["hospital.refund"]._refund_account(env["hospital.account"].browse(account), amount, reason).id
                )
        with self.registry.cursor() as cr:
            refund = self.somebody(cr, "finance_manager")["hospital.refund"].browse(refund_id)
            if refund.state == "requested":
                refund.action_approve()
        with self.registry.cursor() as cr:
            refund = self.cashier(cr)["hospital.refund"].browse(refund_id)
            if refund.desk_amount:
                refund._pay_out_desk({})
        return refund_id


def main():
    config, database, seed, operations, log, *accounts = sys.argv[1:]
    Desk(config, database, int(seed), log, accounts).work(int(operations))


main()
