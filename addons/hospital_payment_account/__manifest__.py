{
    "name": "Hospital Payment: Accounting",
    "summary": "One balanced journal entry for every closed shift of a cashier",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hospital",
    "depends": ["hospital_payment", "account"],
    "data": [
        "security/ir.model.access.csv",
        "security/payment_account_rules.xml",
        "views/hospital_posting_account_views.xml",
        "views/hospital_shift_views.xml",
        "views/res_config_settings_views.xml",
        "views/menus.xml",
    ],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
}
