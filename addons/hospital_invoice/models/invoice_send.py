import base64
import binascii
from datetime import UTC, datetime

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

DECIDERS = ("hospital_base.group_hospital_cashier", "hospital_base.group_hospital_finance_clerk")
BLUE = ("billBatchCode", "billNo", "random")
VOUCHER = ("voucherBatchCode", "voucherNo", "voucherRandom")
RED = (("eScarletBillBatchCode", "eScarletBillNo", "eScarletRandom"),
       ("scarletBillBatchCode", "scarletBillNo", "scarletRandom"))  # fmt: skip
MAY_HAVE_LEFT = ("business", "bug")
STILL_OPEN = ("waiting", "issuing", "unknown", "failed")


class HospitalInvoice(models.Model):
    """A bill's way to the platform and what its answers mean.

    What is refused is asked about before it is believed: the platform may have had the bill all along, and what its error
    codes mean is published nowhere.
    """

    _inherit = "hospital.invoice"

    # === ACTIONS ===

    def action_send_again(self):
        """What was refused is built anew, from the record as it was corrected, and sent under the same number."""
        self._check_decider()
        self._lock()
        for invoice in self:
            if invoice.state != "failed":
                raise UserError(self.env._("%s was not refused, so there is nothing to send again.", invoice.number))
            _sudo = invoice.sudo()  # nobody writes bills, their steps do
            if invoice.colour == "red":
                _sudo._begin_flush()
            else:
                _sudo._issue()

    def action_ask(self):
        """Have the platform asked now what became of a bill without a certain answer."""
        self._check_decider()
        for invoice in self:
            _message_sudo = invoice.sudo()._last_message()  # who decides about bills need not read messages
            if invoice.state != "unknown" or _message_sudo.state != "unknown":
                raise UserError(self.env._("%s does not wait for an answer.", invoice.number))
            _message_sudo._ask()

    def _check_decider(self):
        self.check_access("read")
        if self.env.su or any(self.env.user.has_group(group) for group in DECIDERS):
            return
        raise AccessError(self.env._("Only the cash desk and finance decide about bills. Ask them."))

    # === ON ITS WAY ===

    def _follow(self):
        """Do what is due with these bills, whatever it is. Doing it again changes nothing."""
        self._lock()
        for invoice in self.sudo():  # nobody writes bills, their steps do
            if invoice.next_paper_id:
                invoice._look_at_turning()
            elif invoice.state == "waiting" and invoice.colour == "red":
                invoice._flush_if_possible()
            elif invoice.state == "waiting":
                invoice._send_if_possible()
            elif invoice.state in ("issuing", "unknown") and not invoice._is_in_batch():
                invoice._look_at_message()

    def _send_if_possible(self):
        if self._is_ready():
            self._issue()

    def _is_ready(self):
        """Whether nothing stands in its way. What does is said on it."""
        if not self.is_current:
            self._step("void")
            return False
        if not self.place_id:
            self.place_id = self.env["hospital.invoice.place"]._for(self.user_id, self.channel, self.campus_id)
        why = self._why_wait()
        if why or self.issue_error:
            self.issue_error = why
        return not why

    def _why_wait(self):
        """A sentence why it cannot be sent yet; False when it can."""
        if why := self._why_no_platform():
            return why
        if not self.place_id:
            return self.env._("There is no place of issue for %s yet. Ask IT to add one.", self.campus_id.name)
        if (before := self._before()) and before.state != "flushed":
            return self.env._("It waits until %s is flushed.", before.bill_number or before.number)
        if waiting := self.voucher_ids.filtered(lambda receipt: receipt.state in STILL_OPEN):
            return self.env._("It waits for the receipt of the deposit %s.", waiting[0].number)
        return False

    def _why_no_platform(self):
        try:
            _interface_sudo = self._interface(self.kind_id.issue_interface).sudo()  # bills are sent for everybody
        except UserError as error:
            return error.args[0]
        platform = _interface_sudo.platform_id
        if error := platform._setup_error():
            return error.sentence
        if platform.breaker_state == "open":
            return self.env._("%s does not answer at present. The bill is sent as soon as it does.", platform.name)
        return False

    def _before(self):
        """The bill in whose place this one comes, past those that were never issued."""
        before = self.previous_id
        while before and before.state == "void":
            before = before.previous_id
        return before

    def _interface(self, code):
        return self.with_company(self.company_id)._exchange_interface(code)

    def _issue(self):
        self._step("issuing", issue_error=False, is_asking=False)
        self._send(self.kind_id.issue_interface)

    def _send(self, code, key=None):
        """Queue a message about this bill; one that could not even be built is looked at here and now."""
        message = self._interface(code).sudo()._queue(self, key=key)
        if message.state in ("refused", "dead"):
            self._look_at_message(message)

    # === WHAT BECAME OF THE MESSAGE ===

    def _look_at_message(self, message=None):
        message = message or self._last_message()
        if not message:
            self._start_over()
        elif message.state == "unknown":
            if self.state == "issuing":
                self._step("unknown", issue_error=message.error_sentence)
        elif message.state in ("refused", "dead", "closed"):
            self._not_done(message)
        elif message.state == "done":
            if message.reply_state != "failed" and self.state in ("issuing", "unknown"):
                self._ask_about(False)  # done in the words of a person: the platform says under which number
        elif self.state == "unknown":
            self._step("issuing")

    def _start_over(self):
        """Nothing was ever sent: the transaction that did is gone."""
        if self.state == "unknown":
            self._step("issuing")
        if self.colour == "red":
            self._send_flush_checks()
        else:
            self._send(self.kind_id.issue_interface)

    def _not_done(self, message):
        """Refused or given up. A no of the platform is believed once it says that it has no such bill."""
        may_be_there = message.error_kind in MAY_HAVE_LEFT and not self.is_asking
        if may_be_there and message.interface_id.query_interface_id:
            self._ask_about(message.error_sentence)
            return
        if self.colour == "blue" and not self.is_current:
            self._never_issued()
            return
        if self.is_asking and self._was_left_over(message):
            self.is_asking = False
            self._send(self.kind_id.issue_interface)
            return
        self._step("failed", issue_error=self.issue_error or message.error_sentence, is_asking=False)
        if message.error_kind == "business" and message.is_attention:
            message._set(is_attention=False)  # one task for one person: whoever looks after the bills has it

    def _ask_about(self, error):
        self.write({"is_asking": True, "issue_error": error})
        self._send(self._question())

    def _question(self):
        """The interface that says what became of it."""
        code = self._flush_interface() if self.colour == "red" else self.kind_id.issue_interface
        return self._interface(code).sudo().query_interface_id.code

    def _never_issued(self):
        """The payment was undone before there was a bill: nothing to flush."""
        self._step("void", is_asking=False)
        self.red_ids.filtered(lambda red: red.state == "waiting")._step("void")
        self._wake_waiting()

    # === ANSWERS ===

    def _handle_issued(self, message, reply):
        """The answer to an issue, or what the platform says when asked about one."""
        self._lock()
        if self.state not in STILL_OPEN or self.colour == "red":
            return
        triple = self._triple_in(reply)
        if not triple:
            if self.is_asking:
                self._not_done(message)
            else:
                self._ask_about(False)
            return
        self._step("issued", **triple, is_asking=False, issue_error=False)
        self._wake_waiting()

    # the interfaces that issue, and the one that asks; a kind of the hospital's own may use any of them
    _handle_invebillregistration = _handle_invoiceebilloutpatient = _handle_invebillhospitalized = _handle_issued
    _handle_invoicepaymentvoucher = _handle_invebillcheckup = _handle_invoiceebillcommon = _handle_issued

    def _handle_getebillbybusno(self, message, reply):
        self._handle_issued(message, reply)

    def _triple_in(self, reply):
        """Columns for what the platform calls the bill, as far as the answer says it; older ones say both."""
        is_voucher = self._is_receipt()
        names = (VOUCHER, BLUE) if is_voucher else (BLUE, VOUCHER)
        if self.colour == "red":
            names = (VOUCHER, *RED) if is_voucher else RED
        for batch, number, check in names:
            if reply.get(batch) and reply.get(number):
                prefix = "scarlet" if number == "scarletBillNo" else ""
                return {
                    "batch_code": str(reply[batch]),
                    "bill_number": str(reply[number]),
                    "check_code": str(reply.get(check) or ""),
                    **self._pictures_in(reply, prefix),
                }
        return {}

    def _is_receipt(self):
        return self.kind_id.id in self.env["hospital.invoice.kind"]._voucher_kinds()

    def _pictures_in(self, reply, prefix):
        def named(name):
            return reply.get(prefix + name[0].upper() + name[1:] if prefix else name) or False

        text = named("createTime")
        return {
            "created_text": text,
            "created_at": self._moment(text),
            "qr_image": _image(named("billQRCode")),
            "picture_url": named("pictureUrl"),
            "picture_net_url": named("pictureNetUrl"),
        }

    def _moment(self, text):
        """The platform writes local time down to the millisecond."""
        try:
            local = datetime.strptime(str(text)[:14], "%Y%m%d%H%M%S")
        except ValueError:
            return False
        zone = self.env["res.company"]._hospital_zone_of(self.company_id.id)
        return zone.localize(local).astimezone(UTC).replace(tzinfo=None)

    # === WHO WAITED FOR IT ===

    def _wake_waiting(self):
        """What waited for this bill goes on at once; should that fail, the scheduled action does it."""
        if self.colour == "blue" and self.is_current and not self._is_receipt():
            return  # what waits for a bill waits because that does not stand for its payment any more
        about_it = Domain("original_id", "=", self.id) | (
            Domain("res_model", "=", self.res_model) & Domain("res_id", "=", self.res_id)
        )
        if self._is_receipt():
            about_it |= Domain("voucher_ids", "in", self.ids)
        for invoice in self.search(Domain("state", "=", "waiting") & about_it, order="id"):
            self._try(invoice._follow)


def _image(text):
    """A picture as a field takes it; what is none is left out, for the bill is valid without."""
    try:
        return base64.b64encode(base64.b64decode(text or "", validate=True)) or False
    except (binascii.Error, ValueError, TypeError):
        return False
