import hashlib
from datetime import UTC, datetime

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.values import read_json

from ..tools import bosssoft_sign

BILL, RED, FORM = "bill", "red", "form"
REGION = "5106"
DUPLICATE, REFUSED, NOT_SIGNED, NOT_AS_AGREED = "E1001", "E1002", "E0001", "E0002"
ISSUES = {
    "invEBillRegistration": "01",
    "invoiceEBillOutpatient": "02",
    "invEBillHospitalized": "03",
    "invoicePayMentVoucher": "07",
}
"""Service → the part of the bill code that says what kind of bill it is."""


class HospitalSandboxBosssoft(models.AbstractModel):
    """The bill platform: keeps bills, red bills and forms, and refuses what the real one refuses.

    State is in `hospital.sandbox.record`: a bill under its business number, a red bill and a form under code and number.
    What it says when it is asked, and its pages, are in `sandbox_bosssoft_asked.py`.
    """

    _name = "hospital.sandbox.bosssoft"
    _inherit = "hospital.sandbox.http_json"
    _description = "Far side of the bill platform"

    # === WHO ASKS, AND WHAT ===

    @api.model
    def _interface(self, visit):
        """Several interfaces of ours may ask the same service: the one that is named after it goes first."""
        found = self._outgoing(visit).filtered(lambda interface: self._is_at(interface, visit.asked))
        return (found.filtered(lambda interface: interface.code == visit.asked.path) or found)[:1]

    @api.model
    def _verify(self, visit):
        platform = visit.platform
        try:
            visit.payload = bosssoft_sign.open_request(
                read_json(visit.asked.body.decode()), platform._parameter("appid"), platform._secret("sign_key")
            )
        except ValueError as error:
            raise self._turned_away("signature", NOT_SIGNED, f"验签失败 {error}") from None

    @api.model
    def _unpack(self, visit):
        visit.number = str(
            visit.payload.get("busNo") or visit.payload.get("billNo") or visit.payload.get("batchNo") or ""
        )
        return visit.payload

    @api.model
    def _check(self, visit):
        """What the field lines of the interface demand."""
        if faults := visit.interface._validate_payload("request", visit.payload):
            raise self._turned_away("schema", NOT_AS_AGREED, " ".join(faults))

    @api.model
    def _pack(self, visit, reply, refusal):
        platform = visit.platform
        result, message = (refusal.code or REFUSED, refusal.words or "拒绝") if refusal else (bosssoft_sign.OK, reply)
        answer = bosssoft_sign.wrap_answer(
            result,
            "成功" if message == {} else message,
            platform._parameter("appid") or "",
            platform._secret("sign_key", required=False) or "",
            platform._parameter("envelope_version", "1.0"),
        )
        told = super()._pack(visit, {}, None)
        told.body = bosssoft_sign.write(answer).encode()
        return told

    @api.model
    def _needs_keys(self, platform):
        return True

    # === ROWS ===

    @api.model
    def _held(self, platform, kind, key):
        return self.env["hospital.sandbox.record"]._held(platform, kind, key)

    @api.model
    def _named(self, platform, batch, number):
        """The bill of this code and number, locked."""
        condition = SQL("platform_id = %s AND number = %s AND kind = %s", platform.id, f"{batch}-{number}", BILL)
        return self.env["hospital.sandbox.record"]._hold(condition)

    @api.model
    def _keep(self, platform, kind, key, data, number=""):
        return self.env["hospital.sandbox.record"]._add(platform, kind, key, data, number, number)

    @api.model
    def _change(self, record, **values):
        record.data = {**record.data, **values}

    @api.model
    def _new_number(self):
        return f"{self.env['hospital.sandbox.record']._next_number():010d}"

    @api.model
    def _clock(self, platform):
        now = datetime.now(UTC).astimezone(platform.company_id._hospital_timezone())
        return f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}"

    # === ISSUE ===

    @api.model
    def _issue(self, payload, visit):
        """A bill; the sums have to agree, and a business number is issued once."""
        is_voucher = visit.interface.path == "invoicePayMentVoucher"
        total = self._cents(payload.get("amt" if is_voucher else "totalAmt"))
        self._check_sums(payload, total, is_voucher)
        vouchers = [self._voucher(visit.platform, one) for one in payload.get("payMentVoucher") or []]
        now = self._clock(visit.platform)
        batch = f"{REGION}{ISSUES.get(visit.interface.path, '09')}{now[2:4]}"
        number = self._new_number()
        data = {
            **self._triple(batch, number, now),
            "busNo": payload["busNo"],
            "busDateTime": payload["busDateTime"],
            "busType": payload["busType"],
            "placeCode": payload["placeCode"],
            "payer": payload["payer"],
            "total": total,
            "voucher": is_voucher,
            "items": [[one["chargeName"], self._cents(one["amt"])] for one in payload.get("chargeDetail") or []],
            "details": [
                [one["name"], one.get("number"), self._cents(one["amt"])] for one in payload.get("listDetail") or []
            ],
            "uses": [voucher.key for voucher in vouchers],
            "flushed": 0,
            "booked": False,
            "paper": None,
            "red": None,
        }
        if not self._keep(visit.platform, BILL, payload["busNo"], data, f"{batch}-{number}"):
            raise self._no(DUPLICATE, "业务流水号已开票")
        return self._said(visit, data, is_voucher)

    _answer_invebillregistration = _answer_invoiceebilloutpatient = _answer_invebillhospitalized = _issue
    _answer_invoicepaymentvoucher = _issue

    @api.model
    def _check_sums(self, payload, total, is_voucher):
        if total <= 0:
            raise self._no(REFUSED, "开票金额必须大于零")
        pays = [self._cents(one.get("payChannelValue")) for one in payload.get("payChannelDetail") or []]
        if sum(pays) != total:
            raise self._no(REFUSED, "交费渠道金额合计与总金额不符")
        if is_voucher:
            return
        items = payload.get("chargeDetail") or []
        if not items:
            raise self._no(REFUSED, "收费项目明细为空")
        if sum(self._cents(one["amt"]) for one in items) != total:
            raise self._no(REFUSED, "收费项目金额合计与总金额不符")
        if sorted(int(one["sortNo"]) for one in items) != list(range(1, len(items) + 1)):
            raise self._no(REFUSED, "收费项目序号不连续")
        known = {one["chargeCode"] for one in items}
        if any(one.get("chargeCode") not in known for one in payload.get("listDetail") or []):
            raise self._no(REFUSED, "清单项目的收费项目代码不在收费项目明细中")

    @api.model
    def _voucher(self, platform, one):
        voucher = self._named(platform, one["voucherBatchCode"], one["voucherNo"])
        if not voucher or not voucher.data["voucher"]:
            raise self._no(REFUSED, "预交金凭证不存在")
        if voucher.data["flushed"] >= voucher.data["total"]:
            raise self._no(REFUSED, "预交金凭证已冲红")
        return voucher

    @api.model
    def _cents(self, amount):
        return round(float(amount or 0) * 100)

    @api.model
    def _triple(self, batch, number, created):
        check = hashlib.sha256(f"{batch}-{number}".encode()).hexdigest()[:6]
        return {"batch": batch, "no": number, "random": check, "created": created}

    @api.model
    def _said(self, visit, data, is_voucher=False):
        names = (
            ("voucherBatchCode", "voucherNo", "voucherRandom") if is_voucher else ("billBatchCode", "billNo", "random")
        )
        return {
            **dict(zip(names, (data["batch"], data["no"], data["random"]), strict=True)),
            "createTime": data["created"],
            **self._pictures(visit, data),
        }

    # === FLUSH ===

    @api.model
    def _flush(self, payload, visit, bill=None, paper=False):
        """One flush of a whole bill."""
        bill = bill or self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        if not bill or bill.data["voucher"]:
            raise self._no(REFUSED, "电子票据不存在")
        if bill.data["red"]:
            raise self._no(REFUSED, "电子票据已冲红")
        if bill.data["booked"] and not paper:
            raise self._no(REFUSED, "电子票据已入账")
        if bill.data["paper"] and not paper:
            raise self._no(REFUSED, "电子票据已换开纸质票据")
        red = self._make_red(visit, bill, payload, bill.data["total"])
        self._change(bill, red=red, flushed=bill.data["total"])
        return self._said_red(visit, red)

    _answer_writeoffebill = _flush

    @api.model
    def _make_red(self, visit, bill, payload, cents):
        number = self._new_number()
        batch = bill.data["batch"]
        red = {
            **self._triple(batch, number, self._clock(visit.platform)),
            "busNo": bill.key,
            "busDateTime": payload["busDateTime"],
            "busType": bill.data["busType"],
            "placeCode": payload["placeCode"],
            "payer": bill.data["payer"],
            "total": -cents,
            "of": [bill.data["batch"], bill.data["no"]],
            "voucher": bill.data["voucher"],
            "items": [],
            "details": [],
        }
        self._keep(visit.platform, RED, f"{batch}-{number}", red, f"{batch}-{number}")
        return red

    @api.model
    def _said_red(self, visit, red):
        return {
            "eScarletBillBatchCode": red["batch"],
            "eScarletBillNo": red["no"],
            "eScarletRandom": red["random"],
            "createTime": red["created"],
            **self._pictures(visit, red),
        }

    @api.model
    def _answer_cancelpaymentvoucherbalance(self, payload, visit):
        bill = self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        if bill and not bill.data["uses"]:
            raise self._no(REFUSED, "该票据未使用预交金凭证")
        return self._flush(payload, visit, bill)

    @api.model
    def _answer_writeoffpaymentvoucher(self, payload, visit):
        voucher = self._named(visit.platform, payload["voucherBatchCode"], payload["voucherNo"])
        if not voucher or not voucher.data["voucher"]:
            raise self._no(REFUSED, "预交金凭证不存在")
        cents = self._cents(payload["amt"])
        if cents <= 0 or voucher.data["flushed"] + cents > voucher.data["total"]:
            raise self._no(REFUSED, "退款金额超过预交金凭证余额")
        moments = voucher.data.get("moments", [])
        if payload["busDateTime"] in moments:
            raise self._no(DUPLICATE, "该业务发生时间已冲红")
        red = self._make_red(visit, voucher, payload, cents)
        moments = [*moments, payload["busDateTime"]]
        self._change(voucher, flushed=voucher.data["flushed"] + cents, red=red, moments=moments)
        return self._said(visit, red, is_voucher=True)

    # === PAPER ===

    @api.model
    def _turn(self, payload, visit, again=False):
        bill = self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        if not bill or bill.data["red"]:
            raise self._no(REFUSED, "电子票据不存在或已冲红")
        if bool(bill.data["paper"]) != again:
            raise self._no(REFUSED, "电子票据未换开" if again else "电子票据已换开")
        self._take_form(visit, payload, "used")
        if again:
            old = self._held(visit.platform, FORM, "-".join(bill.data["paper"]))
            self._change(old, state="void")
        self._change(bill, paper=[payload["pBillBatchCode"], payload["pBillNo"]])
        return {}

    @api.model
    def _answer_turnpaper(self, payload, visit):
        return self._turn(payload, visit)

    @api.model
    def _answer_returnpaper(self, payload, visit):
        return self._turn(payload, visit, again=True)

    @api.model
    def _answer_invalidpaper(self, payload, visit):
        key = f"{payload['pBillBatchCode']}-{payload['pBillNo']}"
        form = self._held(visit.platform, FORM, key)
        if not form or form.data["state"] != "used":
            raise self._no(REFUSED, "纸质票据不存在或已作废")
        bill = self._held(visit.platform, BILL, form.data["busNo"])
        reply = self._flush(payload, visit, bill, paper=True)
        self._change(form, state="void")
        return reply

    @api.model
    def _answer_writeoffebilltopaper(self, payload, visit):
        bill = self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        if not bill or not bill.data["paper"]:
            raise self._no(REFUSED, "电子票据未换开纸质票据")
        self._take_form(visit, payload, "red")
        return self._flush(payload, visit, bill, paper=True)

    @api.model
    def _take_form(self, visit, payload, state):
        key = f"{payload['pBillBatchCode']}-{payload['pBillNo']}"
        bill = self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        data = {"state": state, "busNo": bill.key, "placeCode": payload["placeCode"]}
        if not self._keep(visit.platform, FORM, key, data, key):
            raise self._no(REFUSED, "纸质票据已使用或已作废")

    @api.model
    def _answer_invalidblankbillno(self, payload, visit):
        first, last = payload["pBillNoStart"], payload["pBillNoEnd"]
        if (
            len(first) != len(last)
            or not (first.isdecimal() and last.isdecimal())
            or not 0 <= int(last) - int(first) < 1000
        ):
            raise self._no(REFUSED, "票号段不正确")
        for number in range(int(first), int(last) + 1):
            key = f"{payload['pBillBatchCode']}-{number:0{len(first)}d}"
            data = {"state": "blank void", "busNo": "", "placeCode": payload["placeCode"]}
            if not self._keep(visit.platform, FORM, key, data, key):
                raise self._no(REFUSED, "票号段内有已使用或已作废的票据")
        return {}
