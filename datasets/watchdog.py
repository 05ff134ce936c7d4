"""Ending a request at its deadline, wherever it is: also among headers or in a line of a chunk.

A timeout of a socket is of one read: who sends a byte every minute never meets it, and nobody sees
the time between the bytes of a line. So a timer shuts the socket down at the deadline.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_timers: ContextVar[tuple[float, list[threading.Timer]] | None] = ContextVar(
    "_timers", default=None
)


@contextmanager
def ending_at(deadline: float) -> Iterator[None]:
    """Within it, answers that were asked for end at ``deadline`` (of ``time.monotonic``)."""
    timers: list[threading.Timer] = []
    token = _timers.set((deadline, timers))
    try:
        yield
    finally:
        _timers.reset(token)
        for timer in timers:
            timer.cancel()


def _watch(sock: Any) -> None:
    if (current := _timers.get()) is None or sock is None:
        return
    deadline, timers = current
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, (sock,))
    timer.daemon = True
    timers.append(timer)
    timer.start()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # it may be closed by now
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not TLS's own, which waits for a goodbye


class _Plain(HTTPConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _Secure(HTTPSConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class WatchedAdapter(HTTPAdapter):
    """Connections whose answers ``ending_at`` can end, through a proxy as well."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
        return manager
