{
    "name": "Probe Queue",
    "summary": "An older version, to upgrade from",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv", "data/probe_queue.xml"],
}
