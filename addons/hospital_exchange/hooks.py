from odoo.addons.hospital_base.hooks import forget_foreign_keys
from odoo.addons.hospital_base.tools.append_only import drop_append_only


def uninstall_hook(env):
    """What lives in the database beside the tables."""
    env["hospital.platform"]._drop_views()
    drop_append_only(env, "hospital_message_attempt")
    env.cr.execute("DROP FUNCTION IF EXISTS hospital_message_frozen() CASCADE")
    env.cr.execute("DROP SEQUENCE IF EXISTS hospital_message_number")
    env.cr.execute("DROP SEQUENCE IF EXISTS hospital_exchange_pulse")
    _crons = env["hospital.platform"].with_context(active_test=False).search([]).cron_id
    actions = _crons.ir_actions_server_id
    env["hospital.platform"].with_context(active_test=False).search([]).write({"cron_id": False})
    _crons.unlink()
    actions.unlink()
    forget_foreign_keys(env, "hospital_exchange")
