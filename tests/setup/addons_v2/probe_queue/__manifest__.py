{
    "name": "Probe Queue",
    "summary": "A newer version, to upgrade to",
    "version": "19.0.2.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv", "data/probe_queue.xml"],
}
