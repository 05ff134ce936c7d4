"""Asking a publisher for one thing: patient, suspicious, and never past the deadline.

Retries are a loop of our own and not urllib3's: only here are a body that broke off, a page of HTML
with status 200 and a total deadline seen, and each attempt has its turn at the host.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
import urllib3

from datasets import access
from datasets.allowance import Allowance
from datasets.answers import LATER, MAX_JSON_BYTES, Expect, check_body, error_text
from datasets.body import Known, NotModified, Received, receive
from datasets.errors import SourceFailed, SourceLater, SourceUnreachable, SourceWrong
from datasets.failures import connection_failed, final
from datasets.session import Hosts, Meter, backoff, retry_after, retry_after_in
from datasets.settings import Network
from datasets.watchdog import ending_at

log = logging.getLogger("crimeclaims")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECTION = (requests.RequestException, urllib3.exceptions.HTTPError)
#: How many times more often than a failed request one is repeated that is "being prepared" (202).
PATIENCE = 4


@dataclass
class Http:
    """How one dataset asks: what all share, its key as a header, its deadline, what was moved.

    ``allowance``: of its publisher, if that allows so many requests in a span of time.
    """

    network: Network
    session: requests.Session
    hosts: Hosts
    key: tuple[str, str] | None = None
    max_bytes: int = 2**63
    meter: Meter = field(default_factory=Meter)
    allowance: Allowance | None = None
    deadline: float = 0.0

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.network.deadline_seconds

    def left(self) -> float:
        """Seconds to the deadline. Raises SourceUnreachable when there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise SourceUnreachable(
                f"did not finish within {self.network.deadline_seconds:g} s",
                next_step="try again later, or raise CRIMECLAIMS_HTTP_DEADLINE_SECONDS",
            )
        return left

    def took(self, size: int) -> None:
        """Count bytes as they come, and stop at the deadline."""
        self.meter.count(bytes_=size)
        self.left()

    def pause(self, failures: int) -> None:
        """Wait before a table is read anew: longer after each failure, never past the deadline."""
        wait = min(backoff(self.network, failures), self.left())
        time.sleep(wait)

    def spared(self, host: str) -> None:
        """Wait until the allowance of the publisher at ``host`` has a request left.

        Raises SourceUnreachable if that is after the deadline.
        """
        wait = self.allowance.wait() if self.allowance else 0.0
        if self.allowance is None or wait == 0.0:
            return
        at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=wait)
        limit = "" if self.allowance.limit is None else f"{self.allowance.limit:,} "
        span = f"{self.allowance.span / 60:g} minutes"
        used = f"has answered the {limit}requests that it allows in {span}"
        if wait > self.left():
            raise SourceUnreachable(
                f"{used}, and the next one from {at:%Y-%m-%d %H:%M} UTC on, after the deadline",
                next_step=f"fetch it again after {at:%H:%M} UTC",
            )
        log.warning("%s %s; going on at %s UTC", host, used, f"{at:%H:%M}")
        time.sleep(wait)

    def get(self, url: str, to: Path, expect: Expect, **how: Any) -> Received:
        """GET ``url`` into the file ``to``, as often as it takes, and look at what came.

        ``how``: ``params`` (a mapping), ``encoding`` (of a text; UTF-8 if not given), ``with_key``
        (False for an address that carries its own). Raises SourceUnreachable or SourceWrong; their
        messages begin with the redacted address.
        """
        answer = self.get_if_changed(url, to, expect, Known(), **how)
        if isinstance(answer, NotModified):
            raise SourceWrong("type", f"{answer.url} says that nothing changed: it was not asked")
        return answer

    def get_if_changed(
        self,
        url: str,
        to: Path,
        expect: Expect,
        known: Known,
        *,
        params: Mapping[str, str] | None = None,
        encoding: str = "utf-8",
        with_key: bool = True,
    ) -> Received | NotModified:
        """The same, unless the host says that its body is the one we ``known``ly have."""
        failures = polls = 0
        address = _address(url, params or {})
        while True:
            try:
                self.left()
                answer = _ask(self, address, to, expect, known, with_key)
                if isinstance(answer, Received):
                    check_body(to, expect, encoding, answer.headers.get("Content-Type", ""))
                return answer
            except SourceFailed as error:
                failed = error
            to.unlink(missing_ok=True)
            self.left()  # what was cut off at the deadline looks like anything
            preparing = isinstance(failed, SourceLater) and failed.status == 202
            polls, failures = (polls + preparing, failures + (not preparing))
            asked = failed.wait if isinstance(failed, SourceLater) else None
            asked = retry_after_in(str(failed)) if asked is None else asked
            wait = backoff(self.network, failures + polls) if asked is None else asked
            spent = failures >= self.network.attempts or polls > PATIENCE * self.network.attempts
            longest = max(
                self.network.max_wait_seconds, self.allowance.span if self.allowance else 0
            )
            late = wait > longest or wait > self.deadline - time.monotonic()
            if not failed.transient or spent or late:
                raise final(failed, address, wait if late and not spent else None) from None
            said = access.redact(str(failed), access.secrets())
            log.warning("%s %s; asking again in %.3g s", access.redact_url(address), said, wait)
            time.sleep(wait)


def _address(url: str, params: Mapping[str, str]) -> str:
    try:
        return requests.Request("GET", url, params=dict(params)).prepare().url or url
    except requests.RequestException as error:
        raise connection_failed(error) from None


def _ask(
    http: Http, url: str, to: Path, expect: Expect, known: Known, with_key: bool
) -> Received | NotModified:
    """One attempt, with its redirects; another host than the first is not given the key."""
    origin, seen = _origin(url), {url}
    for _ in range(http.network.max_redirects + 1):
        sent = known.headers()
        if http.key and with_key and _origin(url) == origin:
            sent[http.key[0]] = http.key[1]
        try:
            http.spared(_origin(url))
            with http.hosts.turn(_origin(url)), ending_at(http.deadline):
                http.meter.count(requests=1)
                timeout = (
                    min(http.network.connect_seconds, http.left()),
                    min(http.network.read_seconds, http.left()),
                )
                with http.session.get(
                    url, headers=sent, stream=True, allow_redirects=False, timeout=timeout
                ) as response:
                    if http.allowance is not None:
                        http.allowance.answered(response.headers)
                    if response.status_code not in REDIRECTS:
                        return _answer(http, response, to, expect, known)
                    url = _redirected(response, url, seen)
        except (*_CONNECTION, ConnectionError, TimeoutError) as error:
            raise connection_failed(error) from None
        except ValueError as error:  # requests reads a Location that it does not look at before
            said = access.redact(str(error), access.secrets())
            raise SourceWrong(
                "type", f"answered with headers that cannot be read: {said[:200]}"
            ) from None
    limit = http.network.max_redirects
    raise SourceWrong("redirect", f"redirects more than {limit} times")


def _redirected(response: requests.Response, url: str, seen: set[str]) -> str:
    if "X-DataWebAPI-KeyError" in response.headers:  # the Census: a page of HTML would follow
        raise SourceWrong("refused", "says that the key is missing or not valid")
    try:
        target, _ = urldefrag(urljoin(url, response.headers.get("Location", "")))
    except ValueError:
        raise SourceWrong("redirect", "redirects to something that is no address") from None
    if target in seen:
        raise SourceWrong("redirect", "redirects in a circle")
    if urlsplit(target).scheme not in ("https", urlsplit(url).scheme):
        raise SourceWrong("redirect", "redirects to an address that is not encrypted")
    seen.add(target)
    return target


def _answer(
    http: Http, response: requests.Response, to: Path, expect: Expect, known: Known
) -> Received | NotModified:
    status = response.status_code
    url = access.redact_url(response.url)
    if status == 304 or (status == 200 and known.is_of(response.headers)):
        return NotModified(url)
    if status == 200:
        limit = min(http.network.max_bytes, http.max_bytes)
        if expect in ("rows", "object", "json"):
            limit = min(limit, MAX_JSON_BYTES)
        return receive(response, to, url, limit, http.took)
    said = error_text(response.raw.read1(4096, decode_content=True) or b"")
    message = f"answered with status {status}" + (f": {said}" if said else "")
    if status in LATER:
        raise SourceLater(status, message, retry_after(response.headers.get("Retry-After")))
    raise SourceWrong("refused" if status >= 400 else "type", message)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
