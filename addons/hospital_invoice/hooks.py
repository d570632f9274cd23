from odoo.addons.hospital_base.hooks import forget_foreign_keys
from odoo.addons.hospital_base.tools.append_only import drop_append_only

APPEND_ONLY = ("hospital_invoice_print",)


def uninstall_hook(env):
    """What lives in the database beside the tables; and what would stay of the daily comparison in the tables of payments."""
    for table in APPEND_ONLY:
        drop_append_only(env, table)
    forget_foreign_keys(env, "hospital_invoice")
