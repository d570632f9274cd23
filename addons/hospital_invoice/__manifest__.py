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
        "data/invoice_crons.xml",
        "data/bosssoft_platform.xml",
        "data/bosssoft_interfaces.xml",
        "data/hospital.interface.field.csv",
        "data/partner_interfaces.xml",
        "data/hospital.interface.field-partner.csv",
        # reports
        "reports/bill_print.xml",
        # wizards
        "wizards/hospital_invoice_reprint_views.xml",
        "wizards/hospital_invoice_paper_receive_views.xml",
        # views
        "views/hospital_invoice_views.xml",
        "views/hospital_invoice_link_views.xml",
        "views/hospital_invoice_kind_views.xml",
        "views/hospital_invoice_place_views.xml",
        "views/hospital_invoice_paper_views.xml",
        "views/portal_templates.xml",
        "views/menus.xml",
    ],
    "installable": True,
}
