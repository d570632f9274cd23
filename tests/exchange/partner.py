"""A partner who calls the hospital. Knows nothing of Odoo: this is what docs/exchange.md tells partners to write."""

import hashlib
import hmac
import json
import secrets
import socket
import time

import requests


def sign(key, method, path, body, request_id, app="partner", timestamp=None, nonce=None):
    values = {
        "X-Exchange-App": app,
        "X-Exchange-Timestamp": str(int(time.time() if timestamp is None else timestamp)),
        "X-Exchange-Nonce": nonce or secrets.token_hex(16),
        "X-Exchange-Request": request_id,
    }
    text = "\n".join((method, path, *values.values(), hashlib.sha256(body).hexdigest()))
    values["X-Exchange-Signature"] = hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
    return values


class Signed(requests.auth.AuthBase):
    """Signs whatever `requests` is about to send, as zeep does through it."""

    def __init__(self, key):
        self.key = key

    def __call__(self, request):
        if request.method == "POST":
            number = secrets.token_hex(8)
            request.headers.update(sign(self.key, request.method, request.path_url, request.body, number))
        return request


class Partner:
    def __init__(self, port, platform, key):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.platform = platform
        self.key = key

    def path(self, operation):
        return f"/exchange/{self.platform}/{operation}"

    def headers(self, operation, body=b"", number=None, method="POST", **signing):
        number = secrets.token_hex(8) if number is None else number
        return sign(self.key, method, self.path(operation), body, number, **signing)

    def call(self, operation, payload, number=None, **signing):
        body = json.dumps(payload).encode()
        return self.post(operation, body, self.headers(operation, body, number, **signing))

    def post(self, operation, body, headers):
        headers = {"Content-Type": "application/json", **headers}
        return requests.post(self.url + self.path(operation), data=body, headers=headers, timeout=60)

    def get(self, operation, number=None):
        headers = self.headers(operation, b"", number, method="GET")
        return requests.get(self.url + self.path(operation), headers=headers, timeout=60)

    def code(self, *arguments, **options):
        return self.call(*arguments, **options).json()["code"]

    def raw(self, data):
        """Bytes onto the line, and whatever comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while part := line.recv(65536):
                    answer += part
            except ConnectionResetError:
                pass
        return answer

    def request(self, target, headers, body, method="POST", length=None):
        """A request as bytes, with headers that no library would send."""
        lines = [f"{method} {target} HTTP/1.1".encode("latin-1"), b"Host: 127.0.0.1"]
        lines += [
            b"%s: %s" % (name.encode("latin-1", "replace"), value if isinstance(value, bytes) else value.encode())
            for name, value in headers.items()
        ]
        if length is not False:
            lines.append(b"Content-Length: %s" % str(len(body) if length is None else length).encode())
        return b"\r\n".join(lines) + b"\r\n\r\n" + body
