from odoo.tools import SQL

from odoo.addons.hospital_base.hooks import forget_foreign_keys, forget_own_records
from odoo.addons.hospital_base.tools.append_only import drop_append_only
from odoo.addons.hospital_exchange.hooks import adopt_exchanged, keep_exchanged

ADDON = "hospital_payment"
APPEND_ONLY = ("hospital_account_entry", "hospital_bill_line", "hospital_recon_log")
FUNCTIONS = ("hospital_account_guard", "hospital_account_entry_book", "hospital_shift_guard")


def pre_init_hook(env):
    """The evidence of an earlier time is taken over."""
    adopt_exchanged(env, ADDON)


def uninstall_hook(env):
    """What lives in the database beside the tables."""
    for table in APPEND_ONLY:
        drop_append_only(env, table)
    for function in FUNCTIONS:
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
    keep_exchanged(env, ADDON)
    forget_own_records(env, ADDON)
    forget_foreign_keys(env, ADDON)
