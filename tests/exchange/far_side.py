"""The far side: a process of its own that does what it is told as often as it is told, and can be told to misbehave.

POST /<platform>/do      does the work for payload.id and counts it
POST /<platform>/ask     {"found": whether the number it is asked about was done}
POST /<platform>/undo    undoes what was done under the number
POST /<platform>/set     sets a value
GET  /state              everything that was done
POST /faults             {"<platform>": {"lose_after": 0.02, "lose_before": 0.02, "hang": 60}}
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
state = {"done": Counter(), "numbers": {}, "undone": Counter(), "set": {}, "calls": Counter()}
faults = {}
chance = random.Random(1)  # noqa: S311 the same losses in every run


class FarSide(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with lock:
            self.answer({name: dict(values) for name, values in state.items()})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if self.path == "/faults":
            faults.clear()
            faults.update(body)
            return self.answer({})
        _empty, platform, operation = self.path.split("/", 2)
        fault = faults.get(platform, {})
        with lock:
            state["calls"][f"{platform}/{operation}"] += 1
            roll = chance.random()
        if operation == "do":
            if fault.get("hang"):
                time.sleep(fault["hang"])
            if fault.get("refuse"):
                return self.answer({"error": "business", "code": fault["refuse"], "words": "no"})
            if roll < fault.get("lose_before", 0):
                return self.hang_up()
        reply = self.work(platform, operation, body)
        if operation == "do" and roll > 1 - fault.get("lose_after", 0):
            return self.hang_up()
        return self.answer(reply)

    def work(self, platform, operation, body):
        payload = body["payload"]
        number = f"{platform}/{body['number']}"
        about = f"{platform}/{payload.get('number')}"
        with lock:
            if operation == "do":
                state["done"][f"{platform}/{payload['id']}"] += 1
                state["numbers"][number] = payload["id"]
                return {"ref": f"R{body['number']}"}
            if operation == "ask":
                return {"found": about in state["numbers"], "ref": f"R{payload.get('number')}"}
            if operation == "undo":
                done = state["numbers"].pop(about, None)
                if done is None:
                    return {"error": "business", "code": "404", "words": "no such call"}
                state["done"][f"{platform}/{done}"] -= 1
                state["undone"][f"{platform}/{done}"] += 1
                return {"ref": f"U{payload.get('number')}"}
            state["set"][f"{platform}/{payload['id']}"] = payload
            return {"ref": "S"}

    def answer(self, reply):
        body = json.dumps(reply).encode()
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )

    def hang_up(self):
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_arguments):
        """Quiet: the test looks at the state."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A client that was killed is what these tests are about."""


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), FarSide).serve_forever()
