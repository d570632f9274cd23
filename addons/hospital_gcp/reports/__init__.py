from . import research_report
