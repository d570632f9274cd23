"""The one kind of failure a protocol may raise. What follows from a kind is decided by the engine alone."""

import logging

from odoo.exceptions import UserError

KINDS = ("config", "network", "unknown", "business", "duplicate", "bug")


class ExchangeError(Exception):
    """What happened to one call.

    :param kind: ``config`` (nothing was sent, an administrator must act), ``network`` (surely not sent),
        ``unknown`` (it may or may not have been done there), ``business`` (the platform says no),
        ``duplicate`` (the platform has it already), ``bug`` (our own mistake)
    :param sentence: for the clerk: what happened and who must do what
    :param detail: for the technician
    :param unmapped: ids of the rows of the code map that must be completed first
    """

    def __init__(self, kind, sentence="", detail="", code="", reply=None, evidence=None, unmapped=()):
        if kind not in KINDS:
            raise ValueError(kind)
        super().__init__(sentence or detail or kind)
        self.kind = kind
        self.sentence = sentence
        self.detail = detail
        self.code = code
        self.reply = reply
        self.evidence = evidence
        self.unmapped = unmapped


class CallError(ExchangeError, UserError):
    """A synchronous call that failed, as its caller gets it: uncaught, the person reads the sentence."""

    loglevel = logging.DEBUG  # the words of a platform may name a patient and belong into no log
