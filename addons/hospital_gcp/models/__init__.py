from . import (
    project,
    investigator,
    subject,
    subject_step,
    encounter,
    bed,
    research_line,
    transfer_line,
    home,
    demo,
)
