from . import settlement_back
from . import shift_reopen
from . import topup
from . import bank_import
from . import bill_delete
from . import bill_upload
from . import pay_summary_report
from . import recon_decide
