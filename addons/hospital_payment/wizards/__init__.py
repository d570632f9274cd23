from . import settlement_back
from . import shift_reopen
from . import topup
