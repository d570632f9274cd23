"""What must hold between our books and those of the channels, once everything has come to its end."""

import contextlib
import os
import time

from ..rpc import RpcError

CHANNELS = ("wechat", "alipay", "unionpay")
OPERATIONS = int(os.environ.get("HOSPITAL_PAYMENT_OPERATIONS", "12"))
"""Of each desk. The long form takes 500."""
SETTLING = 300 + 2 * OPERATIONS


def where_we_are(database):
    """What is older than this is none of the test's business."""
    [before] = database(
        """SELECT (SELECT max(id) FROM hospital_pay_order) AS orders, (SELECT max(id) FROM hospital_account_entry) AS entries,
                  (SELECT max(id) FROM hospital_message) AS messages"""
    )
    return before


def tasks(database, before):
    """What somebody has to look at: orders, messages to the channels, and refunds."""
    return database(
        """SELECT number FROM hospital_pay_order WHERE id > %s AND is_attention
            UNION ALL
           SELECT message.number FROM hospital_message message JOIN hospital_platform platform ON platform.id = platform_id
            WHERE message.id > %s AND is_attention AND platform.code = ANY(%s)
            UNION ALL
           SELECT refund.number FROM hospital_refund refund JOIN hospital_refund_line line ON line.refund_id = refund.id
            WHERE line.order_id > %s AND line.state = 'failed'""",
        before["orders"],
        before["messages"],
        list(CHANNELS),
        before["orders"],
    )


def settle(admin, database, before):
    """Follow orders and refunds up until none is open any more, as the scheduler does in longer steps."""
    crons = follow_ups(database)
    ends = time.monotonic() + SETTLING
    while time.monotonic() < ends:
        for cron in crons:
            with contextlib.suppress(RpcError):  # it runs just now
                admin.call("ir.cron", "method_direct_trigger", [cron])
        left = database(
            """SELECT number, state FROM hospital_pay_order
                WHERE id > %s AND (state IN ('paying', 'unknown', 'reversing') OR business_state = 'waiting')
                UNION ALL
               SELECT line.number, line.state FROM hospital_refund_line line JOIN hospital_pay_order paid ON paid.id = order_id
                WHERE paid.id > %s AND (line.state IN ('processing', 'unknown') OR line.state = 'pending' AND NOT by_hand)""",
            before["orders"],
            before["orders"],
        )
        if not left:
            return
        time.sleep(1)
    raise AssertionError(f"still open: {left}")


def follow_ups(database):
    return [
        row["id"]
        for row in database(
            """SELECT res_id AS id FROM ir_model_data WHERE module = 'hospital_payment' AND model = 'ir.cron'
                  AND name IN ('ir_cron_follow_up_orders', 'ir_cron_refund_follow_up')
                UNION ALL
               SELECT cron_id FROM hospital_platform WHERE code = ANY(%s) AND active""",
            list(CHANNELS),
        )
    ]


def refunds_agree(database, before):
    """Every line that went back did so once at the channel, was taken from its account once, and from its payment."""
    wrong = database(
        """SELECT line.number, line.state, line.amount, record.count, record.data ->> 'amount' AS far
             FROM hospital_refund_line line JOIN hospital_pay_order paid ON paid.id = line.order_id AND paid.id > %s
        LEFT JOIN hospital_sandbox_record record ON record.kind = 'refund'
                  AND record.data ->> 'number' IN (line.number, replace(line.number, '-', 'Z'))
            WHERE line.way = 'original' AND NOT line.by_hand AND
                  (line.state <> 'done' OR record.count <> 1 OR (record.data ->> 'amount')::numeric <> line.amount * 100)""",
        before["orders"],
    )
    assert not wrong, "a refund is done once, and the channel knows its amount"
    wrong = database(
        """SELECT paid.number FROM hospital_pay_order paid LEFT JOIN hospital_refund_line line ON line.order_id = paid.id
            WHERE paid.id > %s GROUP BY paid.id HAVING
                  paid.refunded_amount <> COALESCE(sum(line.amount) FILTER (WHERE line.state = 'done'), 0)
               OR paid.refund_pending_amount <> COALESCE(sum(line.amount) FILTER (WHERE line.state = 'pending'), 0)""",
        before["orders"],
    )
    assert not wrong, "what is taken off a payment is what its refunds took"
    wrong = database(
        """SELECT line.number FROM hospital_refund_line line JOIN hospital_refund refund ON refund.id = line.refund_id
        LEFT JOIN hospital_account_entry entry ON entry.refund_line_id = line.id
            WHERE refund.source = 'account' AND line.state <> 'cancelled' GROUP BY line.id
           HAVING COALESCE(-sum(entry.amount), 0) <> line.amount OR count(entry.id) <> 1"""
    )
    assert not wrong, "every line was taken from its account once"


def orders_agree(database, before):
    """What the channel kept of an order is what our books have of it, to the cent."""
    disagreeing = database(
        """SELECT o.number, o.state, o.amount, record.data FROM hospital_pay_order o
             JOIN hospital_pay_channel channel ON channel.id = o.channel_id AND channel.kind = 'online'
             LEFT JOIN hospital_sandbox_record record ON record.kind = 'order' AND record.key = o.number
            WHERE o.id > %s AND (CASE WHEN o.state = 'paid' THEN (o.amount - o.refunded_amount) * 100 ELSE 0 END) <>
                  COALESCE(CASE WHEN record.data ->> 'paid_at' <> ''
                                THEN (record.data ->> 'amount')::numeric - (record.data ->> 'refunded')::numeric END, 0)""",
        before["orders"],
    )
    assert not disagreeing, "the channel and the ledger agree to the cent"
