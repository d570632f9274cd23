from . import receipt
from . import shift_report
from . import refund_slip
from . import refund_batch_print
