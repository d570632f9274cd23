{
    "name": "Hospital Exchange",
    "summary": "Outside platforms: interfaces, messages, delivery, protocols and calls in",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hospital",
    "depends": ["hospital_base", "certificate"],
    "external_dependencies": {
        "python": ["cryptography", "prometheus-client", "requests", "sqlalchemy", "zeep"],
    },
    "data": [
        "security/exchange_groups.xml",
        "security/ir.model.access.csv",
        "security/exchange_rules.xml",
        "data/exchange_data.xml",
        "views/menus.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    # the engine stands; protocols, field lines, calls in and screens are still to come
    "installable": False,
}
