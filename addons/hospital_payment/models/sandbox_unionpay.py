import base64
import re
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from odoo import api, models

from odoo.addons.hospital_exchange.tools.crypto import CryptoError

from ..tools import unionpay_sign, units
from ..tools.bills import writing
from ..tools.numbers import taken_back_by
from .protocol_unionpay import KINDS
from .sandbox_pay import ORDER, REFUND, new_private_key

NAMES = {kind: name for name, kind in KINDS.items()}
WANTED = {
    "version": r"5\.1\.0", "encoding": "UTF-8", "signMethod": "01", "bizType": "000000", "accessType": "0",
    "merId": r"\d{15}", "certId": r"\d+", "txnTime": r"\d{14}",
}  # fmt: skip
OF_MONEY = {"orderId": r"[0-9A-Za-z]{8,40}", "txnAmt": r"[1-9]\d*", "currencyCode": "156", "backUrl": r"https?://\S+"}
GATE = {"signature": "11", "schema": "13", "operation": "13", "duplicate": "12"}
ORIGINAL = {"PAYING": "05", "PAID": "00", "PAYERROR": "51", "NEW": "05"}


class HospitalSandboxUnionpay(models.AbstractModel):
    _name = "hospital.sandbox.unionpay"
    _inherit = "hospital.sandbox.pay"
    _description = "Far side of UnionPay"

    # === WHO ASKS, AND WHAT ===

    @api.model
    def _recognise(self, visit):
        """A question about a payment and one about a refund look alike; void and reversal are one thing to us."""
        form = visit.envelope = dict(parse_qsl(visit.asked.body.decode(errors="replace"), keep_blank_values=True))
        kind = NAMES.get((form.get("txnType"), form.get("txnSubType")))
        visit.number = form.get("orderId") or ""
        code = "reverse" if kind in ("void", "reversal") else kind
        if kind == "query" and visit.number.startswith("R"):
            code = "refund_query"
        visit.interface = self._outgoing_of(visit, code or "")
        if not visit.interface:
            raise self._turned_away("operation", "13", "txnType, txnSubType")

    @api.model
    def _verify(self, visit):
        try:
            fits = unionpay_sign.fits(self._our_public_key(visit.platform), visit.envelope)
        except CryptoError:
            fits = False
        known = {"merId": visit.platform._parameter("mer_id"), "certId": visit.platform._parameter("cert_id")}
        if not fits or any(visit.envelope.get(name) != value for name, value in known.items()):
            raise self._turned_away("signature", "11", "验证签名失败")

    @api.model
    def _unpack(self, visit):
        return visit.envelope

    @api.model
    def _check(self, visit):
        form = visit.payload
        moves_money = form.get("txnType") in ("01", "04", "31")
        for name, pattern in (WANTED | OF_MONEY if moves_money else WANTED).items():
            if not re.fullmatch(pattern, form.get(name) or ""):
                raise self._turned_away("schema", "13", f"报文格式错误[{name}]")

    # === WHAT IT DOES ===

    @api.model
    def _answer_pay_code(self, form, visit):
        order, came = self._charge(
            visit,
            form["orderId"],
            int(form["txnAmt"]),
            form.get("qrNo") or "",
            time=form["txnTime"],
            notify_url=form["backUrl"],
        )
        codes = {
            "paid": ("00", "成功"), "paying": ("00", "成功"), "used": ("12", "重复交易"),
            "lost": ("03", "交易通讯超时，请发起查询交易"), "no_money": ("51", "余额不足"), "expired": ("79", "C2B二维码已过期"),
        }  # fmt: skip
        if came == "paid":
            self._tell(visit.platform, order)
        code, words = codes[came]
        return self._said(form, code, words, queryId=order.ref or "")

    @api.model
    def _said(self, form, code="00", words="成功", **more):
        names = (
            "version",
            "encoding",
            "signMethod",
            "txnType",
            "txnSubType",
            "bizType",
            "accessType",
            "merId",
            "orderId",
        )
        said = {name: form[name] for name in (*names, "txnTime", "txnAmt") if form.get(name)}
        return {**said, "respCode": code, "respMsg": f"{words}[{code}]", **{k: v for k, v in more.items() if v}}

    @api.model
    def _answer_pay_qr(self, form, visit):
        order, is_new = self._open_order(
            visit, form["orderId"], int(form["txnAmt"]), "qr", time=form["txnTime"], notify_url=form["backUrl"]
        )
        if not is_new and order.data["amount"] != int(form["txnAmt"]):
            return self._said(form, "12", "重复交易")
        return self._said(form, qrCode=self._qr(visit, order))

    @api.model
    def _answer_query(self, form, visit):
        """Number and time together name a transaction, whatever kind it is of."""
        for kind in (ORDER, REFUND):
            record = self._held(visit.platform, kind, form["orderId"])
            if record and record.data.get("time") == form["txnTime"]:
                break
        else:
            return self._said(form, "34", "查无此交易")
        if kind == ORDER:
            data = self._look(record).data
            # what was voided stays a payment that was made
            original = ORIGINAL.get(data["state"], "00" if data["paid_at"] else "05" if data["way"] == "qr" else "51")
            return self._said(
                form, queryId=record.ref, origRespCode=original, txnAmt=str(data["amount"]),
                accNo="6212****0000" if data["paid_at"] else "",
            )  # fmt: skip
        data = self._look_at_refund(record).data
        original = "61" if data["state"] == "FAILED" else "00"
        return self._said(form, queryId=record.ref, origRespCode=original, txnAmt=str(data["amount"]))

    _answer_close = _answer_refund_query = _answer_query

    @api.model
    def _paid(self, visit, form):
        records = self.env["hospital.sandbox.record"]
        known = [("platform_id", "=", visit.platform.id), ("kind", "=", ORDER), ("ref", "=", form.get("origQryId"))]
        return self._held(visit.platform, ORDER, records.search(known).key or "")

    @api.model
    def _answer_reverse(self, form, visit):
        """A void: the whole payment, on its day. A reversal: a charge under its own number, whatever became of it."""
        if form["txnType"] == KINDS["reversal"][0]:
            return self._reverse(form, visit)
        order = self._paid(visit, form)
        if not order:
            return self._said(form, "34", "查无此交易")
        if self._held(visit.platform, REFUND, form["orderId"]):
            return self._said(form, "12", "重复交易")
        data = order.data
        if data["state"] != "PAID" or data["refunded"] or data["amount"] != int(form["txnAmt"]):
            return self._said(form, "36", "交易金额超限或已退")
        if data["paid_at"][:10] != self._clock()[:10]:
            return self._said(form, "77", "已过撤销时间")
        return self._said(form, queryId=self._void(visit, order, form["orderId"], form["txnTime"]).ref)

    @api.model
    def _void(self, visit, order, number, time):
        amount = order.data["amount"]
        void = {**self._refund_data(order, number, amount, "DONE"), "time": time, "void": True}
        refund, _new = self._made(visit.platform, REFUND, number, void)
        self._change(order, state="REVOKED", refunded=amount)
        order._undo()
        return refund

    @api.model
    def _reverse(self, form, visit):
        order = self._held(visit.platform, ORDER, form["orderId"])
        if not order or order.data.get("time") != form["txnTime"] or order.data["way"] != "code":
            return self._said(form, "34", "查无此交易")
        if order.data["state"] == "PAID":
            if order.data["refunded"]:
                return self._said(form, "36", "交易金额超限或已退")
            self._void(visit, order, taken_back_by(order.key)[0], form["txnTime"])
        elif order.data["state"] != "REVOKED":
            self._change(order, state="REVOKED")
        return self._said(form, queryId=order.ref)

    @api.model
    def _answer_refund(self, form, visit):
        order = self._paid(visit, form)
        if not order:
            return self._said(form, "34", "查无此交易")
        known = self._held(visit.platform, REFUND, form["orderId"])
        if known:
            return self._said(form, "12", "重复交易")
        refund, no = self._refund(visit, order, form["orderId"], form["orderId"], int(form["txnAmt"]))
        if no:
            return self._said(form, "36", "退款金额超过可退金额")
        self._change(refund, time=form["txnTime"], notify_url=form["backUrl"])
        self._tell(visit.platform, refund)
        return self._said(form, queryId=refund.ref)

    @api.model
    def _answer_bill(self, form, visit):
        month, day = form.get("settleDate", "0000")[:2], form.get("settleDate", "0000")[2:]
        now = units.beijing_now().date()
        date = self._day(f"{now.year}-{month}-{day}")
        if date and date > now:
            date = self._day(f"{now.year - 1}-{month}-{day}")
        lines = self._bill_lines(visit.platform, date) if date else []
        if not lines:
            return self._said(form, "98", "文件不存在")
        mer_id = visit.platform._parameter("mer_id")
        content = base64.b64encode(zlib.compress(writing.unionpay(lines, mer_id, date))).decode()
        return self._said(form, fileName=f"{mer_id}_{date}.zip", fileContent=content)

    @api.model
    def _bill_line(self, kind, order, record, when):
        line = super()._bill_line(kind, order, record, when)
        state = "01" if kind == "pay" else "31" if record.data.get("void") else "04"
        return line._replace(state_text=state)

    # === HOW IT SAYS IT ===

    @api.model
    def _pack(self, visit, reply, refusal):
        if refusal is not None:
            code = refusal.code if refusal.code.isdigit() else GATE.get(refusal.verdict, "36")
            reply = self._said(visit.envelope or {}, code, refusal.words)
        return self._told_as(visit, self._signed(visit.platform, reply).encode(), "text/html;charset=UTF-8")

    @api.model
    def _signed(self, platform, values):
        """As the gateway writes it: not encoded as an address."""
        values = {**values, "signPubKeyCert": platform._secret("sandbox_certificate")}
        values["signature"] = unionpay_sign.sign(self._their_key(platform), values)
        return "&".join(f"{name}={value}" for name, value in sorted(values.items()))

    @api.model
    def _callback(self, platform, record):
        is_refund = record.kind == REFUND
        data = self._look_at_refund(record).data if is_refund else record.data
        txn_type, txn_sub_type = KINDS["refund" if is_refund else "pay_qr" if data["way"] == "qr" else "pay_code"]
        form = {
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "txnType": txn_type, "txnSubType": txn_sub_type,
            "bizType": "000000", "accessType": "0", "merId": platform._parameter("mer_id"), "orderId": record.key,
            "txnTime": data["time"], "txnAmt": str(data["amount"]), "currencyCode": "156", "queryId": record.ref,
            "respCode": "61" if data["state"] == "FAILED" else "00", "respMsg": "成功[0000000]",
            "accNo": "6212****0000", "signPubKeyCert": platform._secret("sandbox_certificate"),
        }  # fmt: skip
        form["signature"] = unionpay_sign.sign(self._their_key(platform), form)
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()

    @api.model
    def _new_keys(self, platform, known):
        """Theirs comes as a certificate with every answer; we know the authority that issued it."""
        made = super()._new_keys(platform, known | {"peer_key", "sandbox_key"})
        if not {"authorities", "sandbox_key", "sandbox_certificate"} <= known:
            authority, theirs = new_private_key(), new_private_key()
            made["authorities"] = _certificate("SANDBOX CA", authority, "SANDBOX CA", authority)
            made["sandbox_key"] = theirs
            made["sandbox_certificate"] = _certificate(
                f"sandbox@{unionpay_sign.OWNER}@00040000:SIGN", theirs, "SANDBOX CA", authority
            )
        return {name: value for name, value in made.items() if name not in known}


def _certificate(subject, key, issuer, issuer_key):
    key, issuer_key = (serialization.load_pem_private_key(one.encode(), None) for one in (key, issuer_key))
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
