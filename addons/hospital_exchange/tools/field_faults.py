"""What is wrong with one field of a payload. It names the field, never its value: sentences end up in lists and logs."""


class FieldError(Exception):
    """:param kind: ``business`` (the record must be corrected) or ``config`` (the interface must be set up)"""

    def __init__(self, reason, kind="business", sentence="", **values):
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.sentence = sentence
        self.values = values
        self.label = ""
        self.path = ""
        self.line = None


def config(reason, **values):
    return FieldError(reason, kind="config", **values)
