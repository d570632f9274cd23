from . import invoice_reprint
from . import invoice_paper_receive
