from . import test_bill_prints
