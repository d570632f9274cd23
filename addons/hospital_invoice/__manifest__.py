{
    "name": "Hospital Electronic Bills",
    "summary": "Every payment gets its electronic medical bill, every refund its red one, also when the platform is away",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hospital",
    "depends": ["hospital_base", "hospital_exchange", "hospital_payment", "portal"],
    "data": [
        "security/ir.model.access.csv",
        "security/invoice_rules.xml",
        "data/hospital_invoice_kind_data.xml",
        "views/menus.xml",
    ],
    "installable": True,
}
