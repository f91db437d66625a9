"""A webhook receiver that counts effects: one a `webhook-id`, whatever is repeated."""

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "YWZ0ZXJjbGljay10ZXN0LXNlY3JldC0zMi1ieXRlcyE="


class Receiver:
    """Listens on a free loopback port while its context lasts."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.bodies: dict[str, set[bytes]] = {}
        self.forged = 0
        self._lock = threading.Lock()
        receiver = self

        class Post(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                announced = int(self.headers["content-length"])
                body = self.rfile.read(announced)
                if len(body) < announced:
                    return  # the sender died on the way: no call
                receiver._take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Post)

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        id_ = headers["webhook-id"]
        with self._lock:
            try:
                Webhook(SECRET).verify(body, headers)
            except WebhookVerificationError:
                self.forged += 1
            self.calls[id_] += 1
            self.bodies.setdefault(id_, set()).add(body)
