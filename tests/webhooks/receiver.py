"""A receiver in a process of its own: `python -m tests.webhooks.receiver LOG [PORT]` prints its port.

Each request becomes a line of LOG before it is answered, written in one piece: what stands there was received.
Paths: /ok, /status/N, /slow/SECONDS, /drip (a byte now and then, for ever), /redirect, /retry-after/N.
"""

import json
import os
import sys
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.webhooks.names import RECEIVER


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        line = {"path": self.path, "headers": dict(self.headers), "body": b64encode(body).decode()}
        os.write(LOG, json.dumps(line).encode() + b"\n")
        word, _, argument = self.path.lstrip("/").partition("/")
        if word == "slow":
            time.sleep(float(argument))
        if word == "drip":
            self._drip()
            return
        self._answer(word, argument)

    def _answer(self, word: str, argument: str) -> None:
        status = {"status": argument, "redirect": "302", "retry-after": "503"}.get(word, "200")
        self.send_response(int(status))
        if word == "redirect":
            self.send_header("Location", "/ok")
        if word == "retry-after":
            self.send_header("Retry-After", argument)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Drip: 1\r\n" * 10_000:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """The log is ours."""


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    server = Server((RECEIVER, int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
