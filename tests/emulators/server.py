"""An HTTP server on loopback for the emulators, which can send its answers in every broken way."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

#: How a body is sent: whole; half and then a reset or a close; without saying how long it is; a
#: byte at a time, for ever. Or the headers are: a byte at a time; or the length of a chunk is.
How = Literal["whole", "reset", "cut", "unframed", "trickle", "slow headers", "slow chunk"]


@dataclass(frozen=True)
class Request:
    """What was asked. Names of ``headers`` are in lower case."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What is answered. ``chunked``: as portals do it, with no length; ``zipped``: by gzip."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    zipped: bool = False
    how: How = "whole"


App = Callable[[Request], Reply]

#: Changes the answer to a request, or leaves it as it is.
Fault = Callable[[Request, Reply], Reply]


@dataclass
class Loopback:
    """A running server. ``fault`` can be set at any time; ``requests`` are those so far."""

    url: str
    app: App
    fault: Fault | None = None
    requests: list[Request] = field(default_factory=list)
    bytes: int = 0
    stopped: bool = False


@contextmanager
def serving(app: App, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """Serve ``app`` on a free port of loopback, over TLS if a context is given."""
    there = Loopback("", app)

    class Handler(_Handler):
        loopback = there

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    there.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.stopped = True
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes
    loopback: Loopback

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            unquote(parts.path),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
        )
        there = self.loopback
        there.requests.append(request)
        reply = there.app(request)
        if reply.zipped and "gzip" not in request.headers.get("accept-encoding", ""):
            reply = replace(reply, zipped=False)
        if there.fault is not None:
            reply = there.fault(request, reply)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the client has had enough

    def _send(self, reply: Reply) -> None:
        body = gzip.compress(reply.body, 1) if reply.zipped else reply.body
        if reply.how in ("slow headers", "slow chunk"):
            begin = (
                b"X-Slow: "
                if reply.how == "slow headers"
                else b"Transfer-Encoding: chunked\r\n\r\n"
            )
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + begin)
            self._trickle(b"0" * 1000, chunked=False)
            return
        self.send_response(reply.status)
        if reply.status not in (204, 304):
            self.send_header("Content-Type", reply.content_type)
            if reply.zipped:
                self.send_header("Content-Encoding", "gzip")
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif reply.how == "unframed":
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.status in (204, 304):
            return
        if reply.how == "unframed":
            self._write(body, False, end=True)
        elif reply.how == "trickle":
            self._trickle(body, reply.chunked)
        elif reply.how in ("cut", "reset"):
            self._write(body[: max(1, len(body) // 2)], reply.chunked, end=False)
            self._hang_up(reset=reply.how == "reset")
        else:
            self._write(body, reply.chunked, end=True)

    def _write(self, body: bytes, chunked: bool, *, end: bool) -> None:
        self.loopback.bytes += len(body)
        if not chunked:
            self.wfile.write(body)
            return
        for start in range(0, len(body), 50_000):
            piece = body[start : start + 50_000]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if end:
            self.wfile.write(b"0\r\n\r\n")

    def _trickle(self, body: bytes, chunked: bool) -> None:
        for position in range(len(body)):
            if self.loopback.stopped:
                break
            self._write(body[position : position + 1], chunked, end=False)
            time.sleep(0.02)
        self._hang_up(reset=False)

    def _hang_up(self, *, reset: bool) -> None:
        self.wfile.flush()
        if reset:  # close sends RST instead of FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()
