"""Partners call the hospital over real sockets: what is not right is turned away in their own words, and leaves no trace."""

import gzip
import json
import time
from pathlib import Path

import pytest
import requests
import zeep

from .inbound_platforms import KEY, messages, refusals
from .partner import Partner, Signed

PATIENT = "欧阳测试"


def soap_body(operation, data, version="http://schemas.xmlsoap.org/soap/envelope/"):
    return (
        f'<s:Envelope xmlns:s="{version}"><s:Body><{operation} xmlns="urn:hospital:exchange:partner">{data}'
        f"</{operation}></s:Body></s:Envelope>"
    ).encode()


# === WHAT IS RIGHT ===


def test_a_call_is_served_and_kept(partner, sql, orders, platform_id):
    reply = partner.call("put", {"name": "served", "phone": "13800000001"}, "N-served")
    assert reply.status_code == 200
    assert "Set-Cookie" not in reply.headers
    assert reply.json()["code"] == "0"
    assert reply.json()["request"] == "N-served"
    assert orders("served") == 1
    [row] = sql(
        """SELECT state, direction, number, res_model, record_name IS NOT NULL, request_body::jsonb, reply_body::jsonb,
                  create_uid = (SELECT user_id FROM hospital_platform WHERE id = platform_id), is_attention
             FROM hospital_message WHERE platform_id = %s AND number = 'N-served'""",
        platform_id,
    )
    assert row[:5] == ("done", "in", "N-served", "probe.order", True)
    assert row[5] == {"name": "served", "phone": "13800000001"}
    assert row[6] == reply.json()
    assert row[7:] == (True, False)


@pytest.mark.proves("S2-1.6")
def test_rows_alone_find_write_and_answer(partner, sql):
    assert partner.call("keep", {"name": "by rows", "number": "A1"}).json()["data"] == {"number": "A1"}
    assert partner.call("keep", {"name": "by rows", "number": "A2"}).json()["data"] == {"number": "A2"}
    assert sql("SELECT remote_number FROM probe_order WHERE name = 'by rows'") == [("A2",)]
    found = partner.get("find?name=by%20rows")
    assert found.json()["data"] == {"order": {"name": "by rows", "number": "A2"}}
    assert partner.call("all", {"number": "A2"}).json()["data"] == {"orders": [{"name": "by rows"}]}
    assert partner.get("find?name=nobody").json()["code"] == "business"
    assert partner.get("find").json()["code"] == "schema"
    assert partner.call("keep", {"name": "x" * 31, "number": "B"}).json()["code"] == "schema"
    assert partner.call("find", {"name": "by rows"}).json()["code"] == "method"


def test_words_and_codes_of_the_platform(inbound_server, partner):
    words = Partner(inbound_server.port, "words", KEY)
    assert words.call("get", {"name": "nobody"}).json()["head"] == {"resultCode": 10000, "resultMsg": "OK"}
    words.key = "another"
    reply = words.call("get", {})
    assert reply.status_code == 401
    assert reply.json()["head"]["resultCode"] == 40001


def test_gzip(partner):
    body = gzip.compress(json.dumps({"name": "packed"}).encode())
    headers = {**partner.headers("get", body), "Content-Encoding": "gzip"}
    assert partner.post("get", body, headers).json()["code"] == "0"


# === WHAT IS NOT ===


def test_replayed(partner, sql, orders, platform_id):
    body = json.dumps({"name": "replayed"}).encode()
    headers = partner.headers("put", body, "N-replayed")
    assert partner.post("put", body, headers).json()["code"] == "0"
    before = messages(sql, platform_id)
    again = partner.post("put", body, headers)
    assert again.json()["code"] == "replayed"
    assert "data" not in again.json()
    assert orders("replayed") == 1
    assert messages(sql, platform_id) == before
    assert refusals(sql, platform_id)["replayed"] == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"timestamp": time.time() - 3600}, "expired"),
        ({"timestamp": time.time() + 3600}, "expired"),
        ({"nonce": "n" * 200}, "missing"),
    ],
)
def test_out_of_time(partner, sql, platform_id, options, code):
    before = messages(sql, platform_id)
    assert partner.code("put", {"name": "late"}, **options) == code
    assert messages(sql, platform_id) == before


@pytest.mark.proves("S2-1.1")
def test_wrongly_signed(partner, sql, orders, platform_id):
    before = messages(sql, platform_id)
    body = json.dumps({"name": "forged"}).encode()
    good = partner.headers("put", body)
    for name, value in good.items():
        lacking = {key: other for key, other in good.items() if key != name}
        assert partner.post("put", body, lacking).json()["code"] == "missing"
        assert partner.post("put", body, {**good, name: f"{value[:-1]}~"}).json()["code"] == "signature"
    assert partner.post("put", body + b" ", good).json()["code"] == "signature"
    assert partner.post("get", body, good).json()["code"] == "signature"
    assert partner.post("put?x=1", body, good).json()["code"] == "signature"
    assert orders("forged") == 0
    assert messages(sql, platform_id) == before


def test_oversized(inbound_server, sql):
    small = Partner(inbound_server.port, "small", KEY)
    assert small.code("get", {"name": "x" * 5000}) == "size"
    big = json.dumps({"name": "x" * 2_000_000}).encode()
    headers = {**small.headers("get", big), "Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    reply = requests.post(small.url + small.path("get"), data=iter([big[:999], big[999:]]), headers=headers, timeout=60)
    assert reply.json()["code"] == "size"
    bomb = gzip.compress(b" " * 3_000_000)
    assert len(bomb) < 4096
    headers = {**small.headers("get", bomb), "Content-Encoding": "gzip"}
    assert small.post("get", bomb, headers).json()["code"] == "size"
    # a form of any size is not read, let alone taken apart
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert small.post("get", b"a=" + b"b" * 5000, form).json()["code"] == "size"


def test_malformed(partner):
    deep = b"[" * 100_000 + b"]" * 100_000
    for body in (
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}', deep, b'{"a": ' + deep + b"}", b'{"a": ' + b"9" * 5000 + b"}",
    ):  # fmt: skip
        assert partner.post("get", body, partner.headers("get", body)).json()["code"] == "malformed", body[:30]
    body = b'{"number": %d}' % 10**400
    assert partner.post("get", body, partner.headers("get", body)).json()["code"] == "0"


def test_unknown(partner, inbound_server, sql, platform_id):
    assert partner.code("nothing", {}) == "operation"
    for path in ("/exchange/nobody/get", "/exchange/NOBODY/soap", "/exchange/%27%3B--/get/../x", "/exchange/%00/x"):
        before = sql("SELECT sum(count) FROM hospital_exchange_refusal")
        reply = requests.post(server_url(inbound_server, path), data=b"{}", timeout=30)
        assert reply.status_code == 404
        assert "platform" in reply.text
        assert sql("SELECT sum(count) FROM hospital_exchange_refusal") == before


def server_url(inbound_server, path):
    return f"http://127.0.0.1:{inbound_server.port}{path}"


def test_switched_off_or_from_elsewhere(inbound_server, sql):
    assert Partner(inbound_server.port, "off", KEY).code("get", {}) == "disabled"
    elsewhere = Partner(inbound_server.port, "elsewhere", KEY)
    assert elsewhere.code("get", {}) == "address"
    body = b"{}"
    spoofed = {**elsewhere.headers("get", body), "X-Forwarded-For": "10.9.0.1", "X-Forwarded-Host": "x"}
    assert elsewhere.post("get", body, spoofed).json()["code"] == "address"  # nobody set proxy_mode
    assert requests.get(elsewhere.url + elsewhere.path("soap?wsdl"), timeout=30).text.count("<definitions") == 0


def test_too_many(inbound_server):
    slow = Partner(inbound_server.port, "slow", KEY)
    codes = [slow.code("get", {"name": str(n)}) for n in range(8)]
    assert codes[:5] == ["0"] * 5
    assert "rate" in codes[5:]


def test_sql_stays_text(partner, sql, orders):
    bad = "x'; DROP TABLE probe_order; --"
    assert partner.code("get", {"name": bad}, bad) == "0"
    assert partner.code("put", {"name": bad}, "n' OR '1'='1") == "0"
    assert orders(bad) == 1
    path = "find?name=%27%20OR%201%3D1--"
    assert partner.get(path).json()["code"] == "business"


def test_entities_are_refused(partner, inbound_server):
    file = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    lol = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for head in (file, lol, file.replace("SYSTEM", "PUBLIC 'x'")):
        body = head.encode() + soap_body("get", "<data>&x;</data>")
        for wire in (body, b'<?xml version="1.0"?>' + body, body.decode().encode("utf-16")):
            reply = partner.post("soap", wire, {**partner.headers("soap", wire), "Content-Type": "text/xml"})
            assert "malformed" in reply.text
            assert "root:" not in reply.text
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>' + file.encode("utf-7") + soap_body("get", "<data>&x;</data>")
    reply = partner.post("soap", hidden, {**partner.headers("soap", hidden), "Content-Type": "text/xml"})
    assert "malformed" in reply.text


# === SOAP ===


@pytest.mark.parametrize("port", ["Exchange11", "Exchange12"])
def test_zeep_outside_odoo(partner, port, orders):
    session = requests.Session()
    session.auth = Signed(KEY)
    client = zeep.Client(f"{partner.url}{partner.path('soap?wsdl')}", transport=zeep.Transport(session=session))
    service = client.bind("Exchange", port)
    name = f"by zeep {port}"
    reply = service.keep(name=name, number="Z1")
    assert (reply.code, reply.data.number) == ("0", "Z1")
    assert service.find(name=name).data.order.number == "Z1"
    assert [row.name for row in service.all(number="Z1").data.orders if row.name == name] == [name]
    assert json.loads(service.get(data=json.dumps({"name": name})).data)["name"] == name
    with pytest.raises(zeep.exceptions.Fault, match=r"nothing fits|没有符合条件的记录"):
        service.find(name="nobody")
    with pytest.raises(zeep.exceptions.Fault) as fault:
        service.put(data=json.dumps({"name": name, "fail": PATIENT}))
    assert PATIENT not in str(fault.value)
    assert "Traceback" not in str(fault.value)
    assert orders(name) == 1


def test_nothing_of_a_patient_in_the_log(partner, inbound_server):
    partner.call("put", {"name": PATIENT, "refuse": PATIENT})
    partner.call("put", {"name": PATIENT, "fail": PATIENT})
    partner.call("keep", {"name": PATIENT, "number": "x" * 11})
    partner.get(f"find?name={requests.utils.quote(PATIENT)}")
    partner.post("put", PATIENT.encode(), partner.headers("put", PATIENT.encode()))
    log = Path(inbound_server.log).read_text()
    assert "/exchange/partner/find" in log  # requests are logged
    assert PATIENT not in log
    assert requests.utils.quote(PATIENT) not in log
    assert KEY not in log
    assert "Traceback" not in log


def test_the_example_of_the_documentation(partner, capsys):
    text = (Path(__file__).parents[2] / "docs" / "exchange.md").read_text()
    [example] = [part.split("```")[0] for part in text.split("```python\n")[1:] if "X-Exchange-Signature" in part][:1]
    for theirs, ours in (
        ("the shared key", KEY), ("https://hospital.example", partner.url), ("/exchange/partner/order", partner.path("get")),
    ):  # fmt: skip
        assert theirs in example
        example = example.replace(theirs, ours)
    exec(compile(example, "docs/exchange.md", "exec"), {})  # noqa: S102 our own documentation
    assert "'code': '0'" in capsys.readouterr().out
