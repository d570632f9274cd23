import shutil
from pathlib import Path

from odoo.tools import SQL, config

from odoo.addons.hospital_base.hooks import forget_foreign_keys, keep_users
from odoo.addons.hospital_exchange.hooks import adopt_exchanged


def pre_init_hook(env):
    """Who called in an earlier time is its own again."""
    adopt_exchanged(env, "hospital_sandbox")


def post_init_hook(env):
    """Echo signs its calls from the first one on."""
    env["hospital.sandbox"]._make_keys(env.ref("hospital_sandbox.platform_echo"))


def uninstall_hook(env):
    """Without the sandbox nobody plays the far side; Echo goes, and what was said to it."""
    known = env["ir.model.data"].search([("module", "=", "hospital_sandbox"), ("model", "=", "hospital.platform")])
    own = env["hospital.platform"].with_context(active_test=False).browse(known.mapped("res_id")).exists()
    env["hospital.message"]._delete(env["hospital.message"].search([("platform_id", "in", own.ids)]).ids)
    own.write({"user_id": False})
    keep_users(env, "hospital_sandbox")
    platforms = env["hospital.platform"].with_context(active_test=False).search([("mode", "=", "sandbox")])
    platforms.write({"mode": "disabled"})
    env.cr.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'hospital\\_sandbox\\_%'")
    for (schema,) in env.cr.fetchall():
        env.cr.execute(SQL("DROP SCHEMA %s CASCADE", SQL.identifier(schema)))
    shutil.rmtree(Path(config["data_dir"]) / "hospital_sandbox" / env.cr.dbname, ignore_errors=True)
    forget_foreign_keys(env, "hospital_sandbox")
