import json

from odoo.tests import HttpCase, get_db_name

from .demo import load_demo


class RoleCase(HttpCase):
    """Logs in with name and password and speaks JSON-RPC, as a browser does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        load_demo(cls.env)
        cls.env["res.users"].create(
            {
                "name": "plain",
                "login": "plain",
                "password": "plain",
                "group_ids": [(6, 0, cls.env.ref("base.group_user").ids)],
            }
        )
        cls.env.flush_all()

    def log_in(self, login):
        self.authenticate(None, None)
        reply = self.rpc("/web/session/authenticate", {"db": get_db_name(), "login": login, "password": login})
        self.assertEqual(reply["result"]["username"], login, reply)
        return reply["result"]

    def rpc(self, route, params):
        response = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        self.raw = response.text
        return response.json()

    def call(self, model, method, *args, **kwargs):
        """(result, None), or (None, name of the error)."""
        reply = self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {
                "model": model,
                "method": method,
                "args": list(args),
                "kwargs": kwargs,
            },
        )
        if "error" in reply:
            return None, reply["error"]["data"]["name"].rsplit(".", 1)[-1]
        return reply.get("result"), None

    def ask(self, model, method, *args, **kwargs):
        result, error = self.call(model, method, *args, **kwargs)
        self.assertIsNone(error, f"{model}.{method}: {self.raw[:600]}")
        return result

    def refuse(self, model, method, *args, also=None, **kwargs):
        _result, error = self.call(model, method, *args, **kwargs)
        self.assertIn(error, ("AccessError", also or "AccessError"), f"{model}.{method}{args}: {self.raw[:600]}")
