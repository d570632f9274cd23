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
        "reports/print_layouts.xml",
        "views/home_views.xml",
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
