"""What building, checking and taking in a payload share."""

from .field_faults import FieldError


class Walk:
    """What all walks share: the interface, the hospital's clock, and the faults met on the way."""

    def __init__(self, interface):
        self.interface = interface
        self.env = interface.env
        company = interface.company_id or self.env.company
        self.company = company
        self.zone = company._hospital_timezone()
        self.today = company._hospital_today()
        self.faults = []
        self.seen = []

    def note(self, fault, node, where):
        fault.label = " · ".join((*where, node.label))
        fault.path = node.line.path if node.line else node.name
        fault.line = node.line
        self.faults.append(fault)

    def set_code(self, line):
        return self.env["hospital.code.set"].browse(line.set_id).sudo().code if line.set_id else ""

    def check_set(self, wire, line):
        """A mapped code is the platform's own and cannot be looked up here."""
        if line.set_id and not line.mapped:
            code_set = self.env["hospital.code.set"].browse(line.set_id).sudo()
            if not self.env["hospital.code"]._get_id(code_set.code, str(wire)):
                raise FieldError("code_set", set=code_set.name)
