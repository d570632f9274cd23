from . import bed_series
from . import practitioner_state
