import logging

from odoo.addons.hospital_base.hooks import forget_foreign_keys

_logger = logging.getLogger(__name__)


def post_init_hook(env):
    """Echo signs its calls from the first one on."""
    if platform := env.ref("hospital_sandbox.platform_echo", raise_if_not_found=False):
        env["hospital.sandbox"]._make_keys(platform)


def uninstall_hook(env):
    """Without the sandbox nobody plays the far side."""
    platforms = env["hospital.platform"].with_context(active_test=False).search([("mode", "=", "sandbox")])
    platforms.write({"mode": "disabled"})
    forget_foreign_keys(env, "hospital_sandbox")
