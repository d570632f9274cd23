"""Runs a batch of refunds line by line in processes that are killed on the way, until one of them comes to the end.

usage: payment_batch.py CONFIG DATABASE BATCH SECONDS…
A process is killed after each of SECONDS; the last one is left alone. The number of those killed at work is printed.
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import odoo
from odoo.modules.registry import Registry


def work(registry, batch_id):
    left = 1
    while left:
        with registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "en_US"})
            batch = env(user=env.ref("hospital_base.user_finance_manager").id)["hospital.refund.batch"].browse(batch_id)
            left = batch._run_some(limit=1)


def start(registry, batch_id):
    odoo.sql_db.close_all()
    child = os.fork()
    if not child:
        try:
            work(registry, batch_id)
            os._exit(0)
        finally:
            os._exit(7)
    return child


def main():
    config, database, batch, *seconds = sys.argv[1:]
    odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http", "--log-level=critical"])
    registry = Registry(database)
    killed = 0
    for wait in map(float, seconds):
        child = start(registry, int(batch))
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    ended = os.waitpid(start(registry, int(batch)), 0)[1]
    assert not ended, ended
    print(killed)


main()
