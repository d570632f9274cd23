import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.momentary import is_momentary

_logger = logging.getLogger(__name__)

DELAYS = (1, 2, 5, 15, 60)
"""Minutes until the channel is asked again; the last one repeats."""
SENT_AT_MOST = ASKED_AT_MOST = 10
BATCH = 200


class HospitalRefundLine(models.Model):
    """The road to the channel and back: sent as a queued message, asked about when the answer is not certain.

    The refund number never changes, so sending it again is the same refund to the channel.
    """

    _inherit = "hospital.refund.line"

    # === SENDING ===

    def _send(self):
        """Send what goes by a channel, as far as its pause between two refunds of one payment allows; pay to accounts."""
        for line in self.filtered(lambda line: line.state == "pending" and not line.by_hand):
            if line.way == "account":
                line._pay_to_account()
            elif (due := line._due_at()) and due > fields.Datetime.now():
                line.next_check_at = due
                line._wake(due)
            else:
                line._queue_message()

    def _queue_message(self):
        now = fields.Datetime.now()
        self.write(
            {
                "state": "processing",
                "sent_at": now,
                "send_count": self.send_count + 1,
                "next_check_at": now + timedelta(minutes=DELAYS[0]),
                "error": False,
            }
        )
        # a key for each time a person or we decide to send it: within one the engine looks after its tries
        self._exchange_send(self._interface("refund"), key=f"{self.number}.{self.send_count}")

    def _send_again(self):
        for line in self:
            line.check_count = 0
            line._queue_message()

    def _due_at(self):
        """The moment from which the channel takes one more refund of this payment; None: at once."""
        others = self.order_id.refund_line_ids - self
        last = max((line.sent_at for line in others if line.sent_at), default=None)
        return last and last + timedelta(seconds=self.order_id.channel_id.refund_gap_s)

    def _interface(self, code):
        _merchant_sudo = self.order_id.merchant_id.sudo()  # who refunds need not read platforms
        platform = _merchant_sudo.platform_id
        return f"{platform.code}.{code}" if platform else code

    def _build_refund(self, interface, **extra):
        order = self.order_id
        return {
            "order_no": order.number,
            "channel_no": order.channel_number or "",
            "refund_no": self.number,
            "refund_at": fields.Datetime.to_string(self.create_date),
            "amount": f"{self.amount:.2f}",
            "total": f"{order.amount:.2f}",
            "reason": (self.refund_id.reason_id.name or self.env._("Refund"))[:80],
        }

    def _build_refund_query(self, interface, **extra):
        return {
            "order_no": self.order_id.number,
            "channel_no": self.order_id.channel_number or "",
            "refund_no": self.number,
            "refund_at": fields.Datetime.to_string(self.create_date),
        }

    # === ANSWERS ===

    def _handle_refund(self, message, reply):
        self._channel_says(reply)

    def _channel_says(self, reply):
        """Take what the channel says about this refund: an answer, a callback, or what it says when asked.

        ``{"state": done | processing | failed | absent, "channel_no", "done_at", "error"}``; hearing it twice changes nothing.
        """
        self.ensure_one()
        _sudo = self.sudo()  # nobody writes refunds, the channel's word does
        _sudo.refund_id._lock(wait=True)
        if _sudo.state in ("done", "cancelled") or _sudo.by_hand:
            return
        state = reply.get("state")
        if number := reply.get("channel_no"):
            _sudo.channel_number = number
        if state == "done":
            _sudo._done(at=_moment(reply.get("done_at")))
        elif state == "processing":
            _sudo._wait_for_channel("processing")
        elif state == "failed":
            _sudo._failed(reply.get("error") or self.env._("The channel could not pay it back."))
        elif state == "absent":
            _sudo._absent()
        _sudo.refund_id._follow_lines()

    @api.model
    def _receive_notify(self, interface, payload):
        """A notice of the channel about a refund; it comes often, late and out of order."""
        _lines_sudo = self.sudo()  # the technical user of the platform reads no refunds
        line = _lines_sudo.search(
            [
                ("number", "=", payload.get("refund_no") or ""),
                ("order_id.merchant_id.platform_id", "=", interface.sudo().platform_id.id),
            ]
        )
        if not line:
            raise UserError(self.env._("There is no such refund."))
        interface._about(line)
        line._channel_says(payload)
        return {}

    def _failed(self, error):
        self.write({"state": "failed", "error": error, "next_check_at": False})

    def _absent(self):
        """The channel surely knows nothing of it: it is sent again, under the same number."""
        if self.send_count < SENT_AT_MOST:
            self._queue_message()
        else:
            self._failed(self.env._("The channel does not know this refund although it was sent several times."))

    def _wait_for_channel(self, state):
        delay = DELAYS[min(self.check_count, len(DELAYS) - 1)]
        due = fields.Datetime.now() + timedelta(minutes=delay)
        self.write({"state": state, "next_check_at": due})
        self._wake(due)

    # === FOLLOWING ===

    @api.model
    def _cron_follow_up(self):
        """What is due, one by one: one that cannot be followed up stops none of the others."""
        due = self._due()
        left = len(due)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for line in due:
            left -= 1
            try:
                line._follow_up()
            except Exception as error:  # the others go on; this one is due again at the next run
                self.env.cr.rollback()
                if not is_momentary(error):
                    _logger.error(
                        "refund line %s: could not be followed up (%s)", line.id, type(error).__name__, exc_info=error
                    )
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    def _due(self):
        """Lines whose time has come, and those whose message the engine gave up."""
        self.flush_model(["state", "next_check_at"])
        query = SQL(
            """SELECT line.id FROM hospital_refund_line line
                WHERE line.next_check_at IS NOT NULL AND line.state IN ('pending', 'processing', 'unknown')
                  AND (line.next_check_at <= %s OR (
                      SELECT message.state FROM hospital_message message
                       WHERE message.res_model = %s AND message.res_id = line.id AND message.direction = 'out'
                       ORDER BY message.id DESC LIMIT 1) IN ('refused', 'dead'))
                ORDER BY line.next_check_at, line.id LIMIT %s""",
            fields.Datetime.now(),
            self._name,
            BATCH,
        )
        return self.browse(row[0] for row in self.env.execute_query(query))

    def _follow_up(self):
        for line in self.sudo():  # nobody writes refunds, what is due is followed up by rule
            said = line._ask_channel()  # before the row is held: callbacks and people wait for nobody's network
            line.refund_id._lock(wait=True)
            if line.state == "pending":
                line.next_check_at = False
                line._send()
            elif line.state in ("processing", "unknown"):
                line._find_out(said)
            line.refund_id._follow_lines()

    def _message_is_under_way(self, message):
        return message.state in ("pending", "sending", "retry", "unknown")

    def _ask_channel(self):
        """What the channel says became of it; nothing where its message still has to say that."""
        message = self._last_message("refund")
        if self.state not in ("processing", "unknown") or message.state == "refused":
            return None
        if self._message_is_under_way(message):
            return None
        try:
            return self._exchange_call(self._interface("refund_query"))
        except ExchangeError as error:
            return {"state": "unknown", "error": error.sentence}

    def _find_out(self, said):
        """What became of it: by the message, and by what the channel says where that does not tell."""
        message = self._last_message("refund")
        if message.state == "refused":
            message._set(is_attention=False)  # one task for one person: finance has it
            self._failed(message.error_sentence)
        elif said is None or self._message_is_under_way(message):
            self._wait_for_channel(self.state)
        else:
            self.check_count += 1
            self._take_answer(said, message)

    def _take_answer(self, said, message):
        if said["state"] == "unknown":
            self.error = said["error"]
            self._wait_for_channel("unknown")
        elif said["state"] == "absent" and message.state == "done":
            if self.check_count < ASKED_AT_MOST:
                self._wait_for_channel("processing")  # it has taken the refund, so it will know it
            else:
                self._failed(self.env._("The channel took this refund and does not know it now. Ask the channel."))
        else:
            self._channel_says(said)

    def _ask_what_failed(self):
        """{line: what the channel says} before a person decides about lines that failed: has it done them after all?"""
        return {
            line: line._exchange_call(line._interface("refund_query"))
            for line in self
            if line.state == "failed" and line.send_count
        }

    def _make_sure(self, said):
        """What failed here and was done by the channel is done."""
        for line in self:
            if said.get(line, {}).get("state") in ("done", "processing"):
                line._channel_says(said[line])

    def _wake(self, at=None):
        _cron_sudo = self.env.ref("hospital_payment.ir_cron_refund_follow_up").sudo()  # on behalf of anybody
        _cron_sudo._trigger(at=at)


def _moment(text):
    return fields.Datetime.to_datetime(text.replace("T", " ")[:19]) if text else None
