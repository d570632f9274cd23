from odoo.addons.hospital_base.hooks import adopt_records, forget_foreign_keys, keep_records, keep_users, own_models
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


def keep_exchanged(env, addon):
    """For uninstall_hook of an addon with platforms: what was exchanged is evidence and stays, and with it its interfaces
    and platforms, switched off, without their settings, and no longer tied to models that go."""
    env.flush_all()
    env.cr.execute(
        """
        UPDATE hospital_interface SET model_id = NULL, query_interface_id = NULL, reversal_interface_id = NULL
         WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = %(addon)s AND model = 'hospital.interface')
            OR model_id IN (SELECT id FROM ir_model WHERE model = ANY(%(models)s))
        """,
        {"addon": addon, "models": own_models(env, addon)},
    )
    env.invalidate_all(flush=False)
    interfaces = _own(env, addon, "hospital.interface")
    env.cr.execute(
        """
        SELECT interface_id FROM hospital_message WHERE interface_id = ANY(%(ids)s)
         UNION SELECT interface_id FROM hospital_message_attempt WHERE interface_id = ANY(%(ids)s)
        """,
        {"ids": interfaces.ids},
    )
    used = interfaces.browse(row[0] for row in env.cr.fetchall())
    platforms = _own(env, addon, "hospital.platform")
    platforms.write({"user_id": False})
    platforms &= used.platform_id
    platforms.write({"mode": "disabled", "active": False})
    platforms.parameter_ids.unlink()
    used.link_template_ids.unlink()
    env.flush_all()
    env.cr.execute(  # past the steps of a message: what it is about is gone for good
        """
        UPDATE hospital_message SET state = 'closed', next_try_at = NULL, is_attention = FALSE
         WHERE interface_id = ANY(%s) AND state IN ('pending', 'sending', 'retry', 'unknown')
        """,
        [used.ids],
    )
    keep_records(env, addon, used)
    keep_records(env, addon, platforms)
    keep_users(env, addon)


def adopt_exchanged(env, addon):
    """For its pre_init_hook: what stayed is its own again."""
    found = adopt_records(env, addon)
    for model in ("res.users", "hospital.platform"):
        env[model].browse(found.get(model, [])).exists().write({"active": True})


def _own(env, addon, model):
    known = env["ir.model.data"].search([("module", "=", addon), ("model", "=", model)])
    return env[model].with_context(active_test=False).browse(known.mapped("res_id")).exists()
