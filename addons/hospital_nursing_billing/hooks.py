from odoo.addons.hospital_base.hooks import forget_foreign_keys


def uninstall_hook(env):
    """What was charged stays, and with it the items of the price list: they are no longer this addon's."""
    items = env["ir.model.data"].search(
        [("module", "=", "hospital_nursing_billing"), ("model", "in", ("product.product", "product.template"))]
    )
    items.unlink()
    forget_foreign_keys(env, "hospital_nursing_billing")
