"""Two thousand calls that nobody sane would make: each gets an answer of ours, and nothing but the log is written."""

import json
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .inbound_platforms import KEY
from .partner import sign

CALLS = 2000
WRITTEN = ("hospital_exchange_refusal", "hospital_exchange_nonce", "hospital_message")
ANSWERS = {
    "size", "method", "missing", "signature", "expired", "replayed", "malformed", "operation", "request_id", "schema",
    "business", "platform", "busy",
}  # fmt: skip
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<keep xmlns="urn:hospital:exchange:partner"><name>n</name></keep></s:Body></s:Envelope>'
)
BAD = [
    "'; DROP TABLE res_users; --",
    '" OR ""="',
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "%00",
    "{{7*7}}",
    "\u202e",
    "🏥" * 50,
]


def json_body(chance):
    """Never an object that the operation `keep` would take: it needs a name of at most 30 letters."""
    body = chance.choice(
        [
            lambda: b"[" * chance.randrange(1, 5000),
            lambda: b'{"name":' * chance.randrange(1, 2000) + b"1" + b"}" * chance.randrange(2000),
            lambda: b'{"name": "a", "name": "b"}',
            lambda: b'{"name": %s}' % chance.choice([b"NaN", b"Infinity", b"-1e999", b"9" * 5000, b"0x1", b"'a'"]),
            lambda: json.dumps({"number": chance.choice(BAD)}).encode(),
            lambda: json.dumps({"name": chance.choice(BAD) * 50}).encode(),
            lambda: json.dumps({"name": [[[{}]]], "number": {"a": None}}).encode(),
            lambda: json.dumps({"name": {"$gt": ""}}).encode(),
            lambda: b'{"name": "\\u0000"}',
            lambda: b'{"name": "\\udfff\\ud800"}',
            lambda: json.dumps(chance.choice([[], None, True, 1, "x", 1.5])).encode(),
            lambda: '{"name": "中文"}'.encode("gbk"),
            lambda: '{"name": "a"}'.encode("utf-16"),
        ]
    )()
    return body, "application/json"


def xml_body(chance):
    text = ENVELOPE
    cut = chance.randrange(len(text))
    body = chance.choice(
        [
            lambda: text[:cut].encode(),
            lambda: text.replace("keep", chance.choice(["drop", "a:b", "_", "soap"])).encode(),
            lambda: f'<!DOCTYPE x [<!ENTITY e "{"e" * 99}">]>{text.replace(">n<", ">&e;<")}'.encode(),
            lambda: f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{text}'.encode(),
            lambda: text.encode("utf-16"),
            lambda: text.replace("<name>", "<name>" * 500).encode(),
            lambda: text.replace("soap/envelope/", "soap/other/").encode(),
            lambda: text.replace("<name>n</name>", "").encode(),
            lambda: text.replace(">n<", f">{'n' * 99}<").encode(),
            lambda: text.replace(">n<", ">&lt;script&gt;&#0;<").encode(),
            lambda: ('<?xml version="1.0" encoding="EBCDIC-CP-US"?>' + text).encode(),
            lambda: text.replace("<s:Body>", '<s:Header><a s:mustUnderstand="1"/></s:Header><s:Body>').encode(),
            lambda: text.replace("</s:Body>", "<x/></s:Body>").encode(),
        ]
    )()
    return body, chance.choice(["text/xml", "application/soap+xml", "text/xml; charset=utf-16"])


def binary_body(chance):
    kinds = [
        "application/json",
        "text/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "image/png",
        "\xff",
    ]
    kinds += ["application/x-www-form-urlencoded", "application/json; charset=klingon", "application/json; charset="]
    return b"\x80" + chance.randbytes(chance.randrange(3000)), chance.choice(kinds)


def garbage(chance, partner):
    """(target, headers, body, options) of one call."""
    body, media = chance.choice([json_body, xml_body, binary_body])(chance)
    operation = (
        "soap"
        if "xml" in media
        else chance.choice(["keep", "keep", "keep", chance.choice(["nothing", "%F0%9F", "a/b"])])
    )
    target = partner.path(operation)
    number = chance.choice([f"G{chance.random()}", "", "'; --", "x" * 300])
    headers = {"Content-Type": media}
    signed = chance.random()
    if signed < 0.6:
        headers.update(sign(KEY, "POST", target, body, number, nonce=f"{chance.random()}"))
    elif signed < 0.8:
        headers.update(sign("not the key", "POST", target, body, number))
    for _time in range(chance.randrange(3)):
        name = chance.choice(
            [*headers, "Content-Encoding", "Cookie", "Accept", "X-Forwarded-For", "X-Exchange-Timestamp"]
        )
        headers[name] = chance.choice(
            [b"", b"\xff\xfe", b"gzip", b"chunked", b"a" * 4000, b"-1", b"session_id=" + b"A" * 84, b"1e9", b"\x00"]
        )
    options = {}
    if chance.random() < 0.05:
        options["method"] = chance.choice(["PUT", "DELETE", "PATCH", "OPTIONS", "GET", "HEAD", "BREW"])
    if chance.random() < 0.05:
        options["length"] = chance.choice([-1, "abc", 0, len(body) + 7, False, "١"])
    if chance.random() < 0.03:
        headers["Transfer-Encoding"] = "chunked"
    return target, headers, body, options


def counts(sql):
    tables = [
        row[0] for row in sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") if row[0] not in WRITTEN
    ]
    union = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables)
    return dict(sql(union))


def check(answer, options):
    """Ours, or that of the HTTP server below Odoo where it is no HTTP."""
    head, _blank, body = answer.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    assert status, answer[:300]
    assert status[1] != b"500", answer[:300]
    assert b"Traceback" not in answer
    assert b"Set-Cookie" not in head
    if options.get("method") == "HEAD":
        return "head"
    if status[1] in (b"400", b"431") and b"<!DOCTYPE HTML>" in body:
        return "no HTTP"
    if b"<definitions " in body:
        assert options["method"] == "GET"
        return "wsdl"
    if body.startswith(b"<?xml"):
        code = re.search(rb"<code>(\w+)</code>", body)[1].decode()
    else:
        code = json.loads(body)["code"]
    assert code in ANSWERS, (code, answer[:500])
    return code


def test_garbage(partner, inbound_server, sql):
    chance = random.Random(20_261_121)  # noqa: S311 the same garbage in every run
    partner.call("all", {})
    before = counts(sql)
    calls = [garbage(chance, partner) for _call in range(CALLS)]

    def make(call):
        target, headers, body, options = call
        return check(partner.raw(partner.request(target, headers, body, **options)), options)

    with ThreadPoolExecutor(4) as pool:
        kinds = Counter(pool.map(make, calls))
    assert {"malformed", "signature", "missing", "schema", "operation", "method"} <= kinds.keys(), kinds
    assert counts(sql) == before
    [(rows,)] = sql(
        "SELECT count(*) FROM hospital_message WHERE direction = 'in' AND state = 'done' AND number LIKE 'G%%'"
    )
    assert rows == 0
    log = Path(inbound_server.log).read_text()
    assert "Traceback" not in log
    assert partner.call("all", {}).json()["code"] == "0"
