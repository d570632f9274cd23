from . import receipt
from . import shift_report
