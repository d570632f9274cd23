from . import practitioner_state
