from . import invoice_reprint
from . import invoice_paper_receive
from . import invoice_paper_void
from . import invoice_turn
