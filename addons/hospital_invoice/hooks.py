from odoo.tools import SQL

from odoo.addons.hospital_base.hooks import forget_foreign_keys
from odoo.addons.hospital_base.tools.append_only import drop_append_only

APPEND_ONLY = ("hospital_invoice_print",)


def uninstall_hook(env):
    """What lives in the database beside the tables.

    Messages that were exchanged are kept as evidence, and with them their interfaces and platform: they are switched off
    and no longer tied to models that go.
    """
    for table in APPEND_ONLY:
        drop_append_only(env, table)
    env.flush_all()
    env.cr.execute(
        SQL(
            """UPDATE hospital_interface SET model_id = NULL
                WHERE model_id IN (SELECT id FROM ir_model WHERE starts_with(model, 'hospital.invoice'))"""
        )
    )
    env["hospital.platform"].search([("protocol", "=", "hospital.protocol.bosssoft")]).write(
        {"mode": "disabled", "active": False}
    )
    env.flush_all()
    env.invalidate_all()
    forget_foreign_keys(env, "hospital_invoice")
