from . import test_bill_prints
from . import test_bill_sign
from . import test_bill_life
from . import test_bill_machines
from . import test_bill_portal
from . import test_bill_failures
from . import test_bill_deposits
from . import test_bill_paper
