from odoo import fields, models
from odoo.exceptions import UserError

SERVICES = {
    "plain": "writeOffEBill",
    "balance": "cancelPayMentVoucherBalance",
    "voucher": "writeOffPayMentVoucher",
    "take_back": "invalidPaper",
    "paper": "writeOffEBillToPaper",
}
NEVER_SENT = ("waiting", "failed")


class HospitalInvoice(models.Model):
    """Red bills: a bill is never changed, it is flushed as a whole; only receipts of deposits are flushed in parts.

    Before a bill is flushed the platform is asked whether it was exchanged to paper and whether the payer's employer has
    booked it. Both stop it until a person has decided.
    """

    _inherit = "hospital.invoice"

    # === ACTIONS ===

    def action_paper_taken_back(self):
        """The patient has brought the paper form back: it is voided, which flushes the bill with it."""
        self._decide("take_back", ("paper", "booked"))

    def action_flush_anyway(self):
        """What stood in the way is settled: the employer has taken his booking back, or finance takes it on itself."""
        self._decide(None, ("booked", "deposit"))

    def action_flush_against_paper(self, paper):
        """The form cannot be voided: a new form becomes the red one. Called by the screen that asks for the form."""
        self.ensure_one()
        if paper.state != "blank" or paper.place_id.campus_id != self.campus_id:
            raise UserError(self.env._("The form %s is not blank. Take another one.", paper.display_name))
        self._decide("paper", ("paper", "booked"), paper)

    def _decide(self, way, reasons, paper=None):
        self._check_decider()
        self._lock()
        for invoice in self.sudo():  # nobody writes bills, who decides was checked just now
            if invoice.state != "stopped" or invoice.stop_reason not in reasons:
                raise UserError(self.env._("%s does not wait for this decision.", invoice.number))
            red = invoice.red_ids.filtered(lambda red: red.state in ("waiting", "failed"))[:1]
            facts = {"flush_way": way or ("plain" if invoice.stop_reason == "deposit" else red.flush_way)}
            if paper:
                paper._use(invoice, self.env._("Red form"))
                facts["paper_id"] = paper.id
            red.write(facts)
            red._begin_flush(decided=True)

    # === MAKING ONE ===

    def _undo(self, event, reason=None, amount=None, source=None):
        """The payment of this bill does not stand any more, wholly or (of a deposit) in part.

        A bill that was surely never sent is void; every other one gets a red bill, which waits for its turn.
        """
        self.ensure_one()
        whole = amount is None or self.currency_id.compare_amounts(amount, self.amount) == 0
        if whole:
            self.is_current = False
        if whole and self.state in ("waiting", "issuing", "failed") and self._withdraw():
            self._step("void", issue_error=False)
            return self.browse()
        amount = self.amount if amount is None else amount
        red = self._create_quietly(self._prepare_red(event, reason, amount, source))
        red._follow()
        return red

    def _prepare_red(self, event, reason, amount, source):
        sums = ("fund_amount", "account_amount", "other_amount", "self_amount", "own_amount", "part_amount",
                "deductible_amount")  # fmt: skip
        kind = self.kind_id
        vals = {
            **self._prepare_invoice(kind, self, event),
            **{name: -self[name] for name in sums},
            "res_model": self.res_model,
            "res_id": self.res_id,
            "settlement_id": self.settlement_id.id,
            "entry_id": self.entry_id.id,
            "encounter_id": self.encounter_id.id,
            "payer_name": self.payer_name,
            "colour": "red",
            "original_id": self.id,
            "is_current": False,
            "amount": -amount,
            "flush_reason": (reason or self.env._("Taken back"))[:200],
            "flush_way": "voucher" if kind.is_voucher else "balance" if self.voucher_ids else "plain",
        }
        vals["place_id"] = vals["place_id"] or self.place_id.id
        if kind.is_voucher:
            account = self.entry_id.account_id
            vals.update(self_amount=-amount, own_amount=0, balance_before=account.balance + amount)
            if source is not None and source._name == "hospital.refund.line":
                vals["refund_line_id"] = source.id
            elif source is not None:
                vals.update(res_model=source._name, res_id=source.id)
        return vals

    def _withdraw(self):
        """Make sure that it is never sent. False when it may have left the house already."""
        if self.state == "waiting":
            return True
        if self._is_in_batch():
            return False
        message = self._last_message()
        if not message or message.state in ("refused", "dead"):
            return not message or self.state == "failed"
        sentence = self.env._("The payment was undone before this was sent.")
        if message.state == "pending":
            # within this one transaction, so that nobody ever sees it being sent
            if message._step("sending", must=False, claimed_by="undo"):
                message._step("refused", told=True, error_kind="config", error_sentence=sentence)
                return True
        elif message.state == "retry" and message.error_kind == "network":
            return bool(message._step("dead", must=False, told=True, error_sentence=sentence))
        return False

    # === ON ITS WAY ===

    def _flush_if_possible(self):
        """A red bill whose turn may have come: its bill has to be there first."""
        blue = self.original_id
        if blue.state == "void" or (blue.state == "failed" and blue.colour == "blue" and not blue.is_current):
            if blue.state == "failed":
                blue._step("void")
            self._step("void")
            self._wake_waiting()
        elif blue.state in ("issued", "on_paper"):
            if why := self._why_no_platform():
                self.issue_error = why
            else:
                self._begin_flush()

    def _begin_flush(self, decided=False):
        blue = self.original_id
        self._step("issuing", issue_error=False, is_asking=False)
        if blue.state != "flushing":
            blue._step("flushing")
        if self.flush_way == "balance" and not decided and self._deposit_gone():
            self._stop("deposit")
        else:
            self._send_flush_checks()

    def _send_flush_checks(self):
        """A receipt of a deposit is flushed at once; of a bill the platform is asked first what has become of it."""
        if self.flush_way == "voucher":
            self._send_flush()
        else:
            self._send("getEBillStatesByBillInfo")

    def _send_flush(self):
        # a red bill that was refused is sent anew; within one try the engine looks after its tries
        self._send(self._flush_interface())

    def _flush_interface(self):
        return SERVICES[self.flush_way]

    def _deposit_gone(self):
        """Once the rest of a deposit was paid back the platform has no way to undo the settlement that used it."""
        reds = self.original_id.voucher_ids.red_ids
        return reds.filtered(lambda red: red.state != "void" and red.id > self.original_id.id)

    def _stop(self, reason):
        self._step("waiting")
        self.original_id._step("stopped", stop_reason=reason)

    # === ANSWERS ===

    def _handle_getebillstatesbybillinfo(self, message, reply):
        """Before a flush: may it be flushed? After one without a certain answer: was it?"""
        self._lock()
        if self.colour != "red" or self.state not in ("issuing", "unknown", "failed"):
            return
        if str(reply.get("isScarlet") or "") == "1" and (triple := self._triple_in(reply)):
            self._flushed(triple)
        elif self.is_asking:
            self._not_done(message)
        elif str(reply.get("state") or "") == "2":
            self._step("failed", issue_error=self.env._("The platform says that this bill is void."))
        elif str(reply.get("isPrtPaper") or "") == "1" and self.flush_way not in ("take_back", "paper"):
            self._stop("paper")
        elif self.flush_way != "paper" and (code := self._account_check()):
            self._send(code)
        else:
            self._send_flush()

    def _account_check(self):
        """Older platforms cannot be asked whether a bill is booked: the hospital archives that interface."""
        _interfaces_sudo = self.env["hospital.interface"].sudo()  # bills are sent for everybody
        platform = self._interface(self._flush_interface()).sudo().platform_id
        return _interfaces_sudo.search(
            [("platform_id", "=", platform.id), ("code", "=", "getEBillAccountStatus")], limit=1
        ).code

    def _handle_getebillaccountstatus(self, message, reply):
        self._lock()
        if self.colour != "red" or self.state != "issuing":
            return
        if str(reply.get("state") or "") == "1":
            self._stop("booked")
        else:
            self._send_flush()

    def _handle_flushed(self, message, reply):
        self._lock()
        if self.colour != "red" or self.state not in ("issuing", "unknown", "failed"):
            return
        if triple := self._triple_in(reply):
            self._flushed(triple)
        elif self.is_asking:
            self._not_done(message)
        else:
            self._ask_about(False)

    _handle_writeoffebill = _handle_writeoffebilltopaper = _handle_writeoffpaymentvoucher = _handle_flushed
    _handle_cancelpaymentvoucherbalance = _handle_invalidpaper = _handle_flushed

    def _handle_voucher_state(self, message, reply):
        """The red receipts of this moment: ours, if one belongs to the receipt that is flushed."""
        found = self._red_receipt(reply)
        self._handle_flushed(
            message, {"voucherBatchCode": found["billBatchCode"], "voucherNo": found["billNo"],
                      "voucherRandom": found.get("random"), "createTime": found.get("ivcDateTime")} if found else reply
        )  # fmt: skip

    def _red_receipt(self, reply):
        """Ours among the red receipts of this moment."""
        blue = self.original_id
        for row in reply.get("billList") or []:
            related = (row.get("relateBillBatchCode"), row.get("relateBillNo"))
            if related == (blue.batch_code, blue.bill_number) and row.get("busDate") == self.bus_time:
                return row
        return None

    def _flushed(self, triple):
        """The red bill is there."""
        blue = self.original_id
        self._step("issued", **triple, is_asking=False, issue_error=False)
        total = self.currency_id.round(blue.flushed_amount - self.amount)
        blue.flushed_amount = total
        whole = self.currency_id.compare_amounts(total, blue.amount) >= 0
        blue._step("flushed" if whole else "issued", **({} if whole else {"issue_error": False}))
        if self.flush_way == "take_back" and blue.paper_id:
            blue.paper_id.write(
                {"state": "void", "user_id": self.user_id.id, "at": fields.Datetime.now(), "reason": self.flush_reason}
            )
        self._wake_waiting()
