"""Dies where it is told to: charges, reversals and refunds whose process is killed before, during or after the channel's work.

usage: payment_deaths.py CONFIG DATABASE, a JSON list of cases on its standard input:
{"work": "pay"|"reverse"|"refund", "at": "before"|"during"|"answered"|"told", "order": id, "code": payment code, "skip": n}

`skip` requests of the case go by before the one at which it dies. Every case is a fork that kills itself; a JSON list of
the signals that ended them is printed.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import odoo
from odoo.modules.registry import Registry

HANDLERS = {
    "pay": ("hospital.pay.order", "_take"),
    "reverse": ("hospital.pay.order", "_take_reversed"),
    "refund": ("hospital.refund.line", "_channel_says"),
}
UNDER_WAY = 0.05
TRIES = 30
SURVIVED = 7


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Death:
    def __init__(self, registry, case):
        self.registry, self.case = registry, case
        self.skip = case.get("skip", 0)

    def env(self, cr, login=None):
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})
        return env(user=env.ref(f"hospital_base.user_{login}").id) if login else env

    def arm(self):
        from odoo.addons.hospital_exchange.tools import http

        send, at = http.send, self.case["at"]

        def sent(*args, **options):
            if at == "told" or self.skip:
                self.skip -= bool(self.skip)
                return send(*args, **options)
            if at == "during":
                threading.Thread(target=send, args=args, kwargs=options, daemon=True).start()
                time.sleep(UNDER_WAY)
            elif at == "answered":
                send(*args, **options)
            return die()

        http.send = sent
        if at == "told":
            model, name = HANDLERS[self.case["work"]]
            setattr(self.registry[model], name, lambda *_args, **_options: die())

    def work(self):
        from odoo.addons.hospital_exchange.tools.momentary import is_momentary

        for _time in range(TRIES):
            try:
                return getattr(self, self.case["work"])()
            except Exception as error:
                if not is_momentary(error):
                    raise
                time.sleep(0.3)  # the follow-up of the server is at it just now
        return None

    def pay(self):
        with self.registry.cursor() as cr:
            self.env(cr, "cashier")["hospital.pay.order"].browse(self.case["order"])._pay_code(self.case["code"])

    def reverse(self):
        with self.registry.cursor() as cr:
            self.env(cr, "cashier")["hospital.pay.order"].browse(self.case["order"])._reverse()

    def refund(self):
        """The delivery is held before the refund exists, so that nobody else sends it."""
        from odoo.addons.hospital_exchange.tools.delivery import Delivery

        with self.registry.cursor() as cr, self.registry.cursor() as settings_cr:
            order = self.env(cr)["hospital.pay.order"].browse(self.case["order"])
            platform = order.merchant_id.platform_id
            delivery = Delivery(platform, platform.with_env(self.env(settings_cr)))
            while not delivery._lock():
                time.sleep(0.2)
            self.env(cr)["hospital.refund"]._refund_order(order, "给付失败")
            cr.commit()
            delivery.run()


def main():
    config, database = sys.argv[1:]
    odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http", "--log-level=critical"])
    registry = Registry(database)
    ended = []
    for case in json.load(sys.stdin):
        odoo.sql_db.close_all()
        child = os.fork()
        if not child:
            death = Death(registry, case)
            death.arm()
            try:
                death.work()
            except BaseException:  # noqa: BLE001 whatever it was, the child ends here and the parent tells
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(SURVIVED)
        _pid, status = os.waitpid(child, 0)
        ended.append(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status))
    print(json.dumps(ended))


main()
