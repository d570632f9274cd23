import logging
import secrets
import threading
import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as keys
from markupsafe import Markup
from odoo import SUPERUSER_ID, api, fields, models
from odoo.modules.registry import Registry

from odoo.addons.hospital_exchange.tools.crypto import rsa

from ..tools import units
from ..tools.bills import BillLine

_logger = logging.getLogger(__name__)

ORDER, REFUND = "order", "refund"
MOST_REFUNDS = 50
FEE = Decimal("0.006")
PAYS_LATER, NEVER_PAYS, NO_MONEY, EXPIRED, LOST_BUT_PAID, LOST, GIVES_UP, NO_REFUND = (
    "9001", "9002", "9003", "9004", "9005", "9006", "9007", "9008",
)  # fmt: skip
"""Last four digits of a payment code: how its payer behaves."""
EXAMPLES = {"wechat": "130000000000000001", "alipay": "280000000000000001", "unionpay": "6200000000000000001"}
PAYS_AT_QUESTION = 2
AGAIN = (1, 4, 10)
"""Seconds after which a callback that was not taken is sent again."""
CASHIER = "cashier"
PAGE = Markup(
    "<!DOCTYPE html><html><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    "<title>%(title)s</title></head><body style='font-family: sans-serif; margin: 3em auto; max-width: 24em'>"
    "<h1>%(title)s</h1><p>%(subject)s</p><p style='font-size: 2em'>¥ %(amount)s</p><p>%(state)s</p>%(form)s"
    "</body></html>"
)
FORM = Markup(
    "<form method='post'><button style='font-size: 1.2em; padding: .6em 2em' id='pay'>付款 Pay</button></form>"
)


class HospitalSandboxPay(models.AbstractModel):
    """What the far sides of all payment platforms share: orders, refunds and their rules, with money in cents.

    A dialect turns requests into these operations and what they give into its own words. State is kept in
    `hospital.sandbox.record`, of the kinds `order` (key: number of the order) and `refund`.
    """

    _name = "hospital.sandbox.pay"
    _inherit = "hospital.sandbox.http_json"
    _description = "Far side of a payment platform"

    # === ROWS ===

    @api.model
    def _held(self, platform, kind, key):
        return self.env["hospital.sandbox.record"]._held(platform, kind, key)

    @api.model
    def _made(self, platform, kind, key, data, number=""):
        """A new row, and True; of two calls at the same moment the second one finds it, and False."""
        records = self.env["hospital.sandbox.record"]
        is_new = records._add(platform, kind, key, data, number, self._new_number())
        return records._held(platform, kind, key), is_new

    @api.model
    def _new_number(self):
        """As long as the number of a channel: day and a running number."""
        return f"{units.beijing_now():%Y%m%d}{self.env['hospital.sandbox.record']._next_number():013d}"

    @api.model
    def _change(self, record, **values):
        record.data = {**record.data, **values}

    # === ORDERS ===

    @api.model
    def _open_order(self, visit, number, fen, way, **more):
        """(order, whether it is new)"""
        data = {
            "amount": int(fen), "state": "NEW", "way": way, "refunded": 0, "refunds": 0, "made_at": self._clock(), "paid_at": "",
            "asked": 0, "play": "", **more,
        }  # fmt: skip
        return self._made(visit.platform, ORDER, number, data, visit.number)

    @api.model
    def _charge(self, visit, number, fen, code, **more):
        """Charge a payment code; gives (order, what came of it): paid, paying, or the reason of a no."""
        play = code[-4:]
        if play in (NO_MONEY, EXPIRED, LOST):
            return self.env["hospital.sandbox.record"], {NO_MONEY: "no_money", EXPIRED: "expired", LOST: "lost"}[play]
        order, is_new = self._open_order(visit, number, fen, "code", play=play, **more)
        if not is_new:
            return order, "used"
        if play in (PAYS_LATER, NEVER_PAYS, GIVES_UP):
            self._change(order, state="PAYING")
            return order, "paying"
        self._pay(order)
        return order, "lost" if play == LOST_BUT_PAID else "paid"

    @api.model
    def _pay(self, order):
        self._change(order, state="PAID", paid_at=self._clock(), payer=f"o{order.ref[-10:]}")

    @api.model
    def _look(self, order):
        """The order as it is now: who was asked for a password may have entered it meanwhile."""
        data = order.data
        if data["state"] == "PAYING":
            self._change(order, asked=data["asked"] + 1)
            if data["play"] == PAYS_LATER and order.data["asked"] >= PAYS_AT_QUESTION:
                self._pay(order)
            elif data["play"] == GIVES_UP:
                self._change(order, state="PAYERROR")
        return order

    @api.model
    def _shut(self, order):
        """Close what is not paid; False when it is paid."""
        if order.data["state"] in ("NEW", "PAYING"):
            self._change(order, state="CLOSED")
        return order.data["state"] != "PAID"

    @api.model
    def _take_back(self, platform, order):
        """What a reversal does: close, or give the money back whole; gives close, refund or late."""
        state = order.data["state"]
        if state in ("NEW", "PAYING", "PAYERROR", "CLOSED"):
            self._change(order, state="REVOKED")
            return "close"
        if state == "REVOKED":
            return "refund" if order.data["paid_at"] else "close"
        if order.data["refunded"]:
            return "late"
        amount = order.data["amount"]
        self._made(platform, REFUND, f"REVOKE:{order.key}", self._refund_data(order, "", amount, "DONE"))
        self._change(order, state="REVOKED", refunded=amount)
        order._undo()
        return "refund"

    # === REFUNDS ===

    @api.model
    def _refund_data(self, order, number, fen, state):
        return {
            "order": order.key, "number": number, "amount": int(fen), "state": state, "made_at": self._clock(),
            "done_at": self._clock() if state == "DONE" else "",
        }  # fmt: skip

    @api.model
    def _refund(self, visit, order, key, number, fen, state="PROCESSING"):
        """(refund, reason of a no): the same number is the same refund, and never more than was paid."""
        known = self._held(visit.platform, REFUND, key)
        if known:
            same = known.data["amount"] == int(fen) and known.data["order"] == order.key
            return known, "" if same else "discordant"
        if order.data["state"] != "PAID":
            return known, "not_paid"
        if int(fen) <= 0 or order.data["refunded"] + int(fen) > order.data["amount"]:
            return known, "too_much"
        if order.data["refunds"] >= MOST_REFUNDS:
            return known, "too_many"
        if order.data["play"] == NO_REFUND:
            refund, _is_new = self._made(visit.platform, REFUND, key, self._refund_data(order, number, fen, "FAILED"))
            return refund, ""
        refund, _is_new = self._made(visit.platform, REFUND, key, self._refund_data(order, number, fen, state))
        self._change(order, refunded=order.data["refunded"] + int(fen), refunds=order.data["refunds"] + 1)
        return refund, ""

    @api.model
    def _look_at_refund(self, refund):
        if refund and refund.data["state"] == "PROCESSING":
            self._change(refund, state="DONE", done_at=self._clock())
        return refund

    # === BOOKS ===

    @api.model
    def _books(self, platform):
        """What the platform has taken and given back, in yuan."""
        paid, refunded = 0, 0
        for record in self.env["hospital.sandbox.record"].search([("platform_id", "=", platform.id)]):
            if record.kind == ORDER and record.data["paid_at"]:
                paid += record.data["amount"]
            elif record.kind == REFUND and record.data["state"] != "FAILED":
                refunded += record.data["amount"]
        return {"paid": Decimal(paid) / 100, "refunded": Decimal(refunded) / 100}

    @api.model
    def _bill_lines(self, platform, day):
        """The lines of a day in Beijing, from what was really done."""
        orders = {}
        lines = []
        records = self.env["hospital.sandbox.record"].search([("platform_id", "=", platform.id)], order="id")
        for order in records.filtered(lambda record: record.kind == ORDER):
            orders[order.key] = order
            if order.data["paid_at"][:10] == str(day):
                lines.append(self._bill_line("pay", order, order, order.data["paid_at"]))
        for refund in records.filtered(lambda record: record.kind == REFUND and record.data["state"] != "FAILED"):
            when = refund.data["done_at"] or refund.data["made_at"]
            if when[:10] == str(day) and refund.data["order"] in orders:
                lines.append(self._bill_line("refund", orders[refund.data["order"]], refund, when))
        return lines

    @api.model
    def _bill_line(self, kind, order, record, when):
        amount = Decimal(record.data["amount"]) / 100
        fee = (amount * FEE).quantize(Decimal("0.01"))
        revoked = record.key.startswith("REVOKE:")
        return BillLine(
            kind,
            order.key,
            record.data["number"] if kind == "refund" else "",
            record.ref,
            amount.quantize(Decimal("0.01")),
            -fee if kind == "refund" else fee,
            datetime.fromisoformat(when) - timedelta(hours=8),
            "REVOKED SUCCESS" if revoked else "REFUND SUCCESS" if kind == "refund" else "SUCCESS",
        )

    @api.model
    def _day(self, written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            return None

    @api.model
    def _clock(self):
        return units.beijing_now().strftime("%Y-%m-%d %H:%M:%S")

    # === THE PAYER OF A QR CODE THAT IS SHOWN ===

    @api.model
    def _qr(self, visit, order):
        """Its text is the address of a page where whoever opens it can play the payer."""
        if not order.data.get("token"):
            self._change(order, token=f"{order.key}-{secrets.token_hex(8)}")
        return f"{visit.platform.get_base_url()}/sandbox/{visit.platform.code}/{CASHIER}/{order.data['token']}"

    @api.model
    def _pay_qr(self, platform, number):
        """Play the payer: pay the QR code of an order."""
        order = self._held(platform, ORDER, number)
        if order and order.data["way"] == "qr" and order.data["state"] == "NEW":
            self._pay(order)
            self._tell(platform, order)
        return order

    @api.model
    def _described(self, visit):
        what, _slash, token = visit.asked.path.partition("/")
        if what != CASHIER or not token:
            return super()._described(visit)
        return self._cashier(visit, token)

    @api.model
    def _cashier(self, visit, token):
        order = self._held(visit.platform, ORDER, token.rpartition("-")[0])
        if not order or order.data.get("token") != token:
            return self._page(visit, 404, {"title": visit.platform.name, "subject": "", "amount": "–"}, "没有此订单")
        if visit.asked.method == "POST":
            self._pay_qr(visit.platform, order.key)
        state = {"NEW": "待付款", "PAID": "已付款", "CLOSED": "已关闭", "REVOKED": "已撤销"}.get(
            order.data["state"], ""
        )
        about = {
            "title": visit.platform.name,
            "subject": order.data.get("subject") or order.key,
            "amount": units.to_yuan(order.data["amount"]),
        }
        return self._page(visit, 200, about, state, FORM if order.data["state"] == "NEW" else "")

    @api.model
    def _page(self, visit, status, about, state, form=""):
        body = str(PAGE % {**about, "state": state, "form": form}).encode()
        return self._told_as(visit, body, "text/html; charset=utf-8", status)

    @api.model
    def _told_as(self, visit, body, media, status=200, headers=None):
        """An answer of any kind; the far side of JSON platforms knows how one is made."""
        told = self.env["hospital.sandbox.http_json"]._pack(visit, {}, None)
        told.status, told.body, told.headers = status, body, {"Content-Type": media, **(headers or {})}
        return told

    # === CALLBACKS ===

    @api.model
    def _callback(self, platform, record):
        """(headers, body) by which the platform tells of an order or a refund."""
        raise NotImplementedError

    @api.model
    def _tell(self, platform, record):
        """Send the callback once this is committed, as often as it takes; the hospital must hear it only once."""
        url = record.data.get("notify_url")
        if not url:
            return
        database, model, platform_id, record_id = self.env.cr.dbname, self._name, platform.id, record.id

        def send():
            threading.Thread(
                target=_send_callback, args=(database, model, platform_id, record_id, url), daemon=True
            ).start()

        self.env.cr.postcommit.add(send)

    # === WHO SENDS ===

    @api.model
    def _needs_keys(self, platform):
        return True

    @api.model
    def _new_keys(self, platform, known):
        """Our pair and theirs; of ours the far side uses the public half only, as in real life."""
        made = {}
        if "sign_key" not in known:
            made["sign_key"] = new_private_key()
        if not {"peer_key", "sandbox_key"} <= known:
            made["sandbox_key"] = new_private_key()
            made["peer_key"] = rsa.public_of(made["sandbox_key"])
        return {name: value for name, value in made.items() if name not in known}

    @api.model
    def _our_public_key(self, platform):
        return rsa.public_of(platform._secret("sign_key"))

    @api.model
    def _their_key(self, platform):
        return platform._secret("sandbox_key")

    # === STEPS THAT ARE THE SAME FOR ALL ===

    @api.model
    def _number(self, visit):
        return ""

    @api.model
    def _check(self, visit):
        """Its own schema is checked where a request is read: the field lines are ours, not theirs."""

    @api.model
    def _outgoing_of(self, visit, code):
        return self._outgoing(visit).filtered(lambda interface: interface.code == code)[:1]

    # === TO TRY THE ROWS WITH ===

    @api.model
    def _example(self, interface):
        """An order that stands as the interface finds one in real life."""
        platform = interface.platform_id
        merchant = self._example_merchant(platform)
        if interface.model == "hospital.pay.merchant":
            return merchant
        order = self.env["hospital.pay.order"]._open(
            None,
            "other",
            merchant.channel_id,
            12.34,
            "qr" if interface.code in ("pay_qr", "close") else "code",
            campus_id=merchant.campus_id.id,
            place="app",
        )
        now = fields.Datetime.now()
        order._step("paying", sent_at=now, expires_at=fields.Datetime.add(now, minutes=5), next_check_at=now)
        if interface.model != "hospital.refund.line":
            return order
        data = {
            "amount": 1234, "state": "PAID", "way": "code", "refunded": 0, "refunds": 0, "made_at": self._clock(),
            "paid_at": self._clock(), "asked": 0, "play": "", "payer": "walk",
        }  # fmt: skip
        paid, _is_new = self._made(platform, ORDER, order.number, data)
        order._step("paid", channel_number=paid.ref)
        return self.env["hospital.refund"]._refund_order(order, "walk").line_ids[:1]

    @api.model
    def _example_merchant(self, platform):
        channel = self.env["hospital.pay.channel"].search([("code", "=", self.env[platform.protocol]._pay_channel)])
        code = f"TRY-{platform.code}"[:16]
        company = platform.company_id.id
        campuses = self.env["hospital.campus"].with_context(active_test=False)
        campus = campuses.search([("code", "=", code), ("company_id", "=", company)]) or campuses.create(
            {"name": code, "code": code, "company_id": company}
        )
        return self.env["hospital.pay.merchant"]._for(channel, campus) or self.env["hospital.pay.merchant"].create(
            {"name": code, "channel_id": channel.id, "campus_id": campus.id, "platform_id": platform.id}
        )

    @api.model
    def _example_payload(self, interface, record):
        """A payment code stands in no record."""
        if interface.code != "pay_code":
            return None
        return {
            **record._build_pay_code(interface),
            "auth_code": EXAMPLES[self.env[interface.platform_id.protocol]._pay_channel],
        }


def new_private_key():
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return keys.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*form).decode()


def _send_callback(database, model, platform_id, record_id, url):
    """In a thread of its own, for the request that led to it is over."""
    for seconds in AGAIN:
        time.sleep(seconds)
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            platform = env["hospital.platform"].browse(platform_id).exists()
            record = env["hospital.sandbox.record"].browse(record_id).exists()
            if not platform or not record:
                return
            headers, body = env[model]._callback(platform, record)
        try:
            answer = requests.post(url, data=body, headers=headers, timeout=10)
        except requests.RequestException as error:
            _logger.info("sandbox: a callback of %s did not arrive (%s)", model, type(error).__name__)
            continue
        if answer.status_code in (200, 204) and answer.text != "fail":
            return
