"""Daily bills of the channels: `parse(channel, content)` gives their lines one by one, whatever they are packed in."""

from . import alipay, unionpay, wechat
from .common import BillError, BillLine

READERS = {"wechat": wechat.lines, "alipay": alipay.lines, "unionpay": unionpay.lines}


def parse(channel, content, day=None):
    """The payments and refunds in the file of one day, as an iterator of `BillLine`; raises BillError.

    :param content: the file as it was downloaded or uploaded, packed or not
    :param day: of the bill; needed where a channel writes times without a year
    """
    reader = READERS.get(channel)
    if reader is None:
        raise BillError("channel", channel=channel)
    return reader(content, day)


__all__ = ["BillError", "BillLine", "parse"]
