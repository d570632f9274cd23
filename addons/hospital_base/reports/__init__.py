from . import transfer_report
from . import charge_list
from . import daily_list
