"""Phones, machines and the cash desk at the same charges, with real transactions: one of them takes the money, once."""

import itertools
import json
import os
import re
import secrets
import time
from urllib.parse import urlsplit

import pytest
import requests

from ..exchange.partner import sign
from ..rpc import RpcError
from .conftest import race

KEY = "the key of the platforms and the hospital"
COUNTER = itertools.count(os.getpid() * 100)


@pytest.fixture
def platforms(rpc, server):
    """Both platforms are open to this test; the payment platforms are played by this server."""
    admin = rpc("admin")
    for code in ("mini_program", "self_service"):
        [platform] = admin.call("hospital.platform", "search", [("code", "=", code)])
        address = {"mode": "test", "url_test": "http://127.0.0.1:9", "allowed_addresses": "127.0.0.1"}
        admin.call("hospital.platform", "write", [platform], address)
        known = admin.call("hospital.secret", "search", [("platform_id", "=", platform), ("name", "=", "sign_key")])
        if known:
            admin.call("hospital.secret", "write", known, {"value": KEY})
        else:
            admin.call("hospital.secret", "create", {"platform_id": platform, "name": "sign_key", "value": KEY})
    for code in ("wechat", "alipay"):
        [platform] = admin.call("hospital.platform", "search", [("code", "=", code)])
        url = f"{server}/sandbox/{code}"
        admin.call("hospital.platform", "write", [platform], {"url_sandbox": url, "breaker_threshold": 1000})


class Phone:
    """One patient with a card, a visit and two charges; the calls of his phone or of a machine."""

    def __init__(self, server, rpc, database):
        self.server, self.rpc, self.database = server, rpc, database
        number = next(COUNTER)
        registrar = rpc("registrar")
        self.name = f"手机{number % 100000}"
        patient = registrar.call("hospital.patient", "create", {"name": self.name, "sex": "1"})
        self.card = f"35{number:010}"
        registrar.call("hospital.card", "create", {"patient_id": patient, "number": self.card})
        [place] = database(
            """SELECT department.id AS department, department.campus_id AS campus FROM hospital_department department
                 JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = department.campus_id
                WHERE department.kind = 'clinic' ORDER BY department.id LIMIT 1"""
        )
        self.visit = registrar.call(
            "hospital.encounter",
            "create",
            {
                "patient_id": patient,
                "kind": "outpatient",
                "campus_id": place["campus"],
                "department_id": place["department"],
            },
        )
        self.visit_no = database("SELECT number FROM hospital_encounter WHERE id = %s", self.visit)[0]["number"]
        items = database(
            """SELECT product.id FROM product_product product JOIN product_template item ON item.id = product.product_tmpl_id
                WHERE item.is_hospital_item AND item.active AND product.active AND item.list_price BETWEEN 5 AND 200
                  AND item.hospital_price_at_entry IS NOT TRUE AND item.hospital_charge_category_id IS NOT NULL
                ORDER BY product.id LIMIT 2"""
        )
        self.cashier = rpc("cashier")
        self.charges = self.cashier.call(
            "hospital.charge",
            "create",
            [{"encounter_id": self.visit, "product_id": item["id"], "quantity": 1} for item in items],
        )
        self.due = self.call("fees_due")["data"]["due"]

    def call(self, operation, platform="mini_program", **payload):
        path = f"/exchange/{platform}/{operation}"
        payload = {"card_no": self.card, "patient_name": self.name, **payload}
        body = json.dumps(payload).encode()
        headers = {**sign(KEY, "POST", path, body, secrets.token_hex(8)), "Content-Type": "application/json"}
        return requests.post(self.server + path, data=body, headers=headers, timeout=120).json()

    def pay(self, number, platform="mini_program", channel="wechat"):
        return self.call(
            "fees_pay",
            platform,
            visit_no=self.visit_no,
            amount=self.due,
            channel=channel,
            pay_no=f"{self.card}{number}",
        )

    def desk_pays(self):
        cash = self.database("SELECT id FROM hospital_pay_channel WHERE code = 'cash'")[0]["id"]
        values = {"encounter_id": self.visit, "expected": float(self.due), "tenders": [{"channel_id": cash}]}
        return self.cashier.call("hospital.cash.desk", "pay", values)

    def scan(self, reply):
        assert requests.post(self.server + urlsplit(reply["qr_code"]).path, timeout=60).ok

    def until(self, state, **payload):
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            reply = self.call("fees_pay_state", **payload)["data"]
            if reply["state"] == state:
                return reply
            time.sleep(1)
        raise AssertionError(f"still {reply}")

    def live(self):
        """The settlements that hold these charges or have settled them."""
        return self.database(
            """SELECT DISTINCT settlement.id, settlement.state, settlement.place, settlement.due_total
                 FROM hospital_settlement settlement JOIN hospital_settlement_line line ON line.settlement_id = settlement.id
                WHERE line.charge_id = ANY(%s) AND line.is_live""",
            self.charges,
        )

    def orders(self, *states):
        return self.database(
            "SELECT number, state FROM hospital_pay_order WHERE encounter_id = %s AND state IN %s", self.visit, states
        )


@pytest.fixture
def phone(platforms, server, rpc, database):
    return Phone(server, rpc, database)


def chinese(sentence):
    return re.search(r"[\u4e00-\u9fff]{4,}", sentence) and sentence.rstrip().endswith("。")


@pytest.mark.proves("S2-2.17")
def test_a_double_click_is_one_payment(phone):
    answers, _refusals = race(*[lambda: phone.pay("A")] * 4)
    good = [answer["data"] for answer in answers if answer["code"] == "0"]
    assert good, answers
    assert all(answer["code"] in ("0", "busy") for answer in answers), answers
    good.append(phone.pay("A")["data"])
    assert len({answer["order_no"] for answer in good}) == 1
    assert len({answer["qr_code"] for answer in good}) == 1
    phone.scan(good[0])
    phone.until("done", settlement_no=good[0]["settlement_no"])
    assert [row["state"] for row in phone.live()] == ["done"]
    assert len(phone.orders("paid")) == 1


@pytest.mark.proves("S2-2.17")
def test_two_devices_and_the_cash_desk_at_once(phone):
    """Phone, machine and cash desk for the same charges at the same moment: one begins, the others read why not."""

    def desk():
        try:
            phone.desk_pays()
        except RpcError as error:
            return {"code": "business", "message": error.sentence}
        return {"code": "0"}

    answers, _refusals = race(
        lambda: phone.pay("A"), lambda: phone.pay("B", "self_service", "alipay"), desk, lambda: phone.pay("C")
    )
    assert [answer["code"] for answer in answers].count("0") == 1, answers
    for answer in answers:
        if answer["code"] != "0":
            assert answer["code"] in ("business", "busy"), answer
            assert chinese(answer["message"]), answer
    [live] = phone.live()
    if live["state"] == "done":
        return
    [winner] = [answer["data"] for answer in answers if answer["code"] == "0"]
    phone.scan(winner)
    phone.until("done", settlement_no=winner["settlement_no"])
    assert len(phone.orders("paid")) == 1


def test_given_up_and_paid_at_once(phone):
    """Whatever the channel did first holds on both sides: paid and settled, or closed and free."""
    reply = phone.pay("A")["data"]
    number = reply["settlement_no"]
    race(lambda: phone.call("fees_give_up", settlement_no=number), lambda: phone.scan(reply))
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        state = phone.call("fees_pay_state", settlement_no=number)["data"]["state"]
        if state != "paying":
            break
        phone.call("fees_give_up", settlement_no=number)
    kept = phone.database(
        """SELECT record.data ->> 'state' AS state FROM hospital_sandbox_record record
            WHERE record.kind = 'order' AND record.key = %s""",
        reply["order_no"],
    )[0]["state"]
    assert (state, kept) in (("done", "PAID"), ("closed", "CLOSED"))
    assert [row["state"] for row in phone.live()] == (["done"] if state == "done" else [])


@pytest.mark.parametrize("fault", ["refuse", "lose_after"])
def test_the_channel_gives_no_code(phone, rpc, fault):
    """Refused: the charges are free at once. The answer is lost: the same press finds the same order."""
    admin = rpc("admin")
    [interface] = admin.call(
        "hospital.interface", "search", [("platform_id.code", "=", "alipay"), ("code", "=", "pay_qr")]
    )
    [platform] = admin.call("hospital.platform", "search", [("code", "=", "alipay")])
    playing = admin.call(
        "hospital.sandbox.fault",
        "create",
        {"platform_id": platform, "interface_id": interface, "kind": fault, "times": 1, "words": "商户号已停用"},
    )
    try:
        answer = phone.pay("A", channel="alipay")
    finally:
        admin.call("hospital.sandbox.fault", "unlink", [playing])
    assert answer["code"] == "business", answer
    assert chinese(answer["message"]) or "商户号已停用" in answer["message"]
    if fault == "refuse":
        assert not phone.live()
        assert phone.pay("B", channel="alipay")["code"] == "0"
    else:
        [live] = phone.live()
        assert live["state"] == "paying"
        reply = phone.pay("A", channel="alipay")
        assert reply["code"] == "0", reply
        phone.scan(reply["data"])
        phone.until("done", settlement_no=reply["data"]["settlement_no"])
