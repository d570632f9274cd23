from . import binding, research_report, status
