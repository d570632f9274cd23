{
    "name": "Exchange probe",
    "summary": "The smallest protocol and a document, to try the engine of the exchange with real sockets",
    "version": "19.0.1.0.0",
    "author": "Hospital Suite Team",
    "license": "LGPL-3",
    "category": "Hidden",
    "depends": ["hospital_exchange", "base_automation"],
    "data": ["security/ir.model.access.csv"],
    "installable": True,
}
