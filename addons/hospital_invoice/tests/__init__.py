from . import test_bill_prints
from . import test_bill_life
from . import test_bill_machines
from . import test_bill_portal
