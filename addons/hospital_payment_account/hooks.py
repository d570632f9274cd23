from odoo.addons.hospital_base.hooks import forget_foreign_keys


def uninstall_hook(env):
    """The columns on companies and journal entries go; so does the list of their foreign keys."""
    forget_foreign_keys(env, "hospital_payment_account")
