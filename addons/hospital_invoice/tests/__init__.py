from . import test_bill_prints
from . import test_bill_life
