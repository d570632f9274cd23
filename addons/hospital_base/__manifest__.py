{
    "name": "Hospital",
    "summary": "People, places, visits and charges of a hospital",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hospital",
    "depends": ["base", "web", "mail", "product"],
    "external_dependencies": {
        "python": ["pypinyin", "python-stdnum", "qrcode", "weasyprint", "xlsxwriter"],
    },
    "data": [
        "security/hospital_groups.xml",
        "security/ir.model.access.csv",
        "data/hospital_patient_data.xml",
        "data/hospital_identifier_type_data.xml",
        "reports/print_layouts.xml",
        "views/home_views.xml",
        "views/hospital_patient_views.xml",
        "views/hospital_identifier_type_views.xml",
        "views/hospital_identifier_views.xml",
        "views/hospital_card_type_views.xml",
        "views/hospital_card_views.xml",
        "views/hospital_access_log_views.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "hospital_base/static/src/**/*",
        ],
    },
    "demo": [
        "demo/hospital_users.xml",
        "demo/hospital_demo.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "application": True,
    "installable": True,
}
