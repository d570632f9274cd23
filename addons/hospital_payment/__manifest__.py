{
    "name": "Hospital Payment",
    "summary": "Takes money by every channel, gives it back with approval, keeps deposits, closes shifts and reconciles",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hospital",
    "depends": ["hospital_base", "hospital_exchange"],
    "data": [
        "security/payment_groups.xml",
        "security/ir.model.access.csv",
        "security/payment_rules.xml",
        "data/payment_sequences.xml",
        "data/hospital_pay_channel_data.xml",
        "data/payment_crons.xml",
        "data/payment_platforms.xml",
        "data/payment_interfaces.xml",
        # reports
        # wizards
        # views
        "views/menus.xml",
    ],
    "demo": [],
}
