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
        "reports/receipt.xml",
        "reports/shift_report.xml",
        # wizards
        "wizards/hospital_settlement_back_views.xml",
        "wizards/hospital_shift_reopen_views.xml",
        # views
        "views/hospital_settlement_views.xml",
        "views/hospital_shift_views.xml",
        "views/res_config_settings_settlement_views.xml",
        "reports/topup_receipt.xml",
        # wizards
        "wizards/hospital_topup_views.xml",
        # views
        "views/hospital_pay_channel_views.xml",
        "views/hospital_pay_merchant_views.xml",
        "views/hospital_account_entry_views.xml",
        "views/hospital_pay_order_views.xml",
        "views/hospital_account_views.xml",
        "views/hospital_encounter_deposit_views.xml",
        "views/hospital_ward_views.xml",
        "views/res_config_settings_payment_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "hospital_payment/static/src/**/*",
        ],
    },
    "demo": [],
}
