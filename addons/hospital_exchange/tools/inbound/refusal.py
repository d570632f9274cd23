"""Why a call in is not served. The words and codes of an answer come from the protocol and the platform's parameters."""

REASONS = {
    "platform": 404,
    "disabled": 403,
    "address": 403,
    "hours": 403,
    "rate": 429,
    "size": 413,
    "method": 405,
    "missing": 401,
    "signature": 401,
    "expired": 401,
    "replayed": 401,
    "malformed": 400,
    "operation": 404,
    "request_id": 400,
    "schema": 422,
    "conflict": 409,
    "busy": 409,
    "business": 422,
    "config": 503,
    "internal": 503,
}
"""Reason → HTTP status, for platforms that want one; the others read the code in the answer."""


class RefusalError(Exception):
    """A call that is not served.

    :param sentence: for the other side, where the reason alone does not say enough
    :param detail: for our technicians, in our own words: nothing of what was sent
    """

    def __init__(self, reason, sentence="", detail=""):
        if reason not in REASONS:
            raise ValueError(reason)
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence
        self.detail = detail
