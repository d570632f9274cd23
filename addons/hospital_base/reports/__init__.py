from . import transfer_report
