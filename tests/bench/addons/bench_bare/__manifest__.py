{
    "name": "Bare models to measure against",
    "summary": "The columns of the suite's models without their rules",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["hospital_base"],
    "data": ["security/ir.model.access.csv"],
}
