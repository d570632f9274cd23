from . import (
    gcp_project,
    gcp_investigator,
    gcp_subject,
    gcp_subject_step,
    encounter,
    bed,
    gcp_research_line,
    transfer_line,
    home,
    demo,
)
