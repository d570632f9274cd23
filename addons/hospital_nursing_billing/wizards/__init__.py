from . import nursing_check, nursing_check_line, nursing_summary_report, nursing_withdraw
