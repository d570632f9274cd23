from odoo.addons.hospital_base.hooks import forget_foreign_keys, forget_own_records, keep_records
from odoo.addons.hospital_base.tools.append_only import drop_append_only
from odoo.addons.hospital_exchange.hooks import adopt_exchanged, keep_exchanged

ADDON = "hospital_invoice"
APPEND_ONLY = ("hospital_invoice_print",)


def pre_init_hook(env):
    """The evidence of an earlier time is taken over."""
    adopt_exchanged(env, ADDON)


def uninstall_hook(env):
    """What lives in the database beside the tables."""
    for table in APPEND_ONLY:
        drop_append_only(env, table)
    keep_exchanged(env, ADDON)
    kinds = env["hospital.invoice.kind"].with_context(active_test=False).search([])
    sequences = kinds.sequence_id
    kinds.sequence_id = False
    sequences.unlink()
    channel = env.ref("hospital_invoice.channel_invoice", raise_if_not_found=False)
    merchants = env["hospital.pay.merchant"].with_context(active_test=False)
    if channel and merchants.search_count([("channel_id", "=", channel.id)], limit=1):
        keep_records(env, ADDON, channel)  # finance has compared days with it
    env.flush_all()
    forget_own_records(env, ADDON)
    forget_foreign_keys(env, ADDON)
