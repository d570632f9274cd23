from . import bill_print
