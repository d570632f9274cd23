"""The states of a message and the only steps between them."""

STATES = [
    ("pending", "Waiting"),
    ("sending", "Sending"),
    ("done", "Done"),
    ("retry", "Waiting for another try"),
    ("unknown", "No answer: may be done there"),
    ("refused", "Refused"),
    ("dead", "Given up"),
    ("closed", "Closed by a person"),
]

STEPS = {
    "pending": {"sending"},
    "sending": {"done", "retry", "unknown", "refused", "dead", "pending"},
    "retry": {"sending", "dead"},
    "unknown": {"done", "pending", "closed", "refused"},
    "refused": {"pending", "closed"},
    "dead": {"pending", "closed"},
    "done": set(),
    "closed": set(),
}

BY_PERSON = {
    ("refused", "pending"),
    ("refused", "closed"),
    ("dead", "pending"),
    ("dead", "closed"),
    ("unknown", "closed"),
}
"""Steps that only a person takes, and never without a reason."""

ERROR_KINDS = [
    ("config", "Not set up"),
    ("network", "Not reached"),
    ("unknown", "No certain answer"),
    ("business", "The platform says no"),
    ("bug", "Our own mistake"),
    ("duplicate", "The platform had it already"),
]


def sources(state):
    """The states from which a message may step into `state`."""
    return tuple(sorted(source for source, targets in STEPS.items() if state in targets))
