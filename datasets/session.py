"""What all requests to publishers share: the session, whose turn it is at a host, how to wait."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import requests

from datasets.settings import Network
from datasets.watchdog import WatchedAdapter


@dataclass
class Hosts:
    """Whose turn it is: so many requests to a host at a time, a pause between their beginnings."""

    network: Network
    _gates: dict[str, tuple[threading.Semaphore, list[float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        with self._lock:
            fresh = (threading.Semaphore(self.network.per_host), [0.0])
            slots, next_at = self._gates.setdefault(host, fresh)
        with slots:
            with self._lock:
                start = max(time.monotonic(), next_at[0])
                next_at[0] = start + self.network.pause_seconds
            if (wait := start - time.monotonic()) > 0:
                time.sleep(wait)
            yield


@dataclass
class Meter:
    """What was moved so far. ``changed`` is told after each step, to show it."""

    requests: int = 0
    bytes: int = 0
    rows: int = 0
    of_rows: int | None = None
    changed: Callable[[Meter], None] = lambda _: None

    def count(self, *, requests: int = 0, bytes_: int = 0, rows: int = 0) -> None:
        self.requests += requests
        self.bytes += bytes_
        self.rows += rows
        self.changed(self)


@contextmanager
def open_session(network: Network) -> Iterator[tuple[requests.Session, Hosts]]:
    """What all datasets share. TLS is always verified; a user's netrc is not read."""
    with requests.Session() as session:
        contact = f" ({network.contact})" if network.contact else ""
        session.headers.update(
            {
                "User-Agent": f"crimeclaims/{version('crimeclaims')}{contact}",
                # The same for every request: Socrata's ETag depends on these.
                "Accept": "*/*",
                "Accept-Encoding": "gzip",
            }
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, WatchedAdapter())
        session.auth = _no_netrc
        session.verify = True
        yield session, Hosts(network)


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def backoff(network: Network, failures: int) -> float:
    """Seconds to wait after so many failures: doubled after each, up to a cap."""
    return min(network.backoff_seconds * 2.0 ** (min(failures, 20) - 1), network.max_wait_seconds)


def retry_after(value: str | None) -> float | None:
    """Seconds from now: a number or a date, as RFC 9110 has it. What is neither is ignored."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    at = http_date(text)
    return None if at is None else max(0.0, at.timestamp() - time.time())


def http_date(text: str) -> dt.datetime | None:
    """The moment that a header names, in UTC; None for what is no date or of no year.

    >>> http_date("Mon, 01 Jan 99999999999999 00:00:00 GMT")
    """
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def retry_after_in(said: str) -> float | None:
    """Seconds that a refusal asks for in words, as ArcGIS does.

    >>> retry_after_in("429: Too many requests. Retry after 60 sec.")
    60.0
    """
    found = re.search(r"retry after (\d{1,9}) sec", said, re.IGNORECASE)
    return float(found[1]) if found else None
