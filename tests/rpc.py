"""Calls on the server as one user, the way the web client makes them: for checks of rights and for races."""

import requests


class RpcError(Exception):
    def __init__(self, error):
        data = error.get("data") or {}
        self.name = data.get("name", "")
        self.sentence = data.get("message") or error.get("message")
        super().__init__(f"{self.name}: {self.sentence}")


class Rpc:
    def __init__(self, url, database, login, password=None):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.context = {"lang": "zh_CN", "tz": "Asia/Shanghai"}
        params = {"db": database, "login": login, "password": password or login}
        self.user = self.post("/web/session/authenticate", params)

    def post(self, path, params):
        reply = self.session.post(
            self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=120
        )
        reply.raise_for_status()
        answer = reply.json()
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        kwargs["context"] = {**self.context, **kwargs.get("context", {})}
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)

    def get(self, path, **options):
        return self.session.get(self.url + path, timeout=120, **options)
