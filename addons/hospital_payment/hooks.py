from odoo.tools import SQL

from odoo.addons.hospital_base.hooks import forget_foreign_keys
from odoo.addons.hospital_base.tools.append_only import drop_append_only

APPEND_ONLY = ("hospital_account_entry", "hospital_bill_line", "hospital_recon_log")
FUNCTIONS = ("hospital_account_guard", "hospital_account_entry_book", "hospital_shift_guard")


def uninstall_hook(env):
    """What lives in the database beside the tables."""
    for table in APPEND_ONLY:
        drop_append_only(env, table)
    for function in FUNCTIONS:
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
    forget_foreign_keys(env, "hospital_payment")
