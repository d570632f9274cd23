from odoo.addons.hospital_base.hooks import forget_foreign_keys


def uninstall_hook(env):
    """What was charged stays; only the settings given to the company and the rows of this addon go."""
    forget_foreign_keys(env, "hospital_nursing_billing")
