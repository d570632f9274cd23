from . import binding, research_report, status, transfer_report
