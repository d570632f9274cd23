from . import refund_slip
