"""Asking publishers: manners, secrets and limits. Faults of bodies are in tests/faults."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import access
from datasets import http as http_module
from datasets.body import Known, NotModified, Received
from datasets.errors import InputError, SourceFailed, SourceUnreachable, SourceWrong
from datasets.http import Http
from datasets.session import Hosts, open_session
from datasets.settings import Network, load_settings
from tests.emulators.server import How, Loopback, Reply, Request, serving
from tests.support_live import FAST

Ask = Callable[..., Received]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a client waited between attempts, without the waiting."""
    seen: list[float] = []
    monkeypatch.setattr(http_module.time, "sleep", seen.append)
    return seen


def ask(server: Loopback, folder: Path, network: Network = FAST, **more: object) -> Received:
    key = more.pop("key", None)
    with open_session(network) as (session, hosts):
        http = Http(network, session, hosts, key=key)  # type: ignore[arg-type]
        return http.get(f"{server.url}/x", folder / "x", "bytes", **more)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving(lambda _: Reply(body=b"fine", content_type="text/plain")) as there:
        yield there


def test_the_user_agent_says_who_asks(server: Loopback, tmp_path: Path) -> None:
    ask(server, tmp_path, replace(FAST, contact="mailto:someone@example.org"))
    [request] = server.requests
    assert request.headers["user-agent"].startswith("crimeclaims/")
    assert "(mailto:someone@example.org)" in request.headers["user-agent"]


def test_all_requests_have_the_same_headers(server: Loopback, tmp_path: Path) -> None:
    """Socrata's ETag depends on them."""
    server.fault = Answers(Reply(503), Reply(503))
    ask(server, tmp_path)
    first, *others = [request.headers for request in server.requests]
    assert len(others) == 2
    assert all(headers == first for headers in others)


class Answers:
    """Answers with these first, then as the server does."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def __call__(self, _: Request, reply: Reply) -> Reply:
        return self.replies.pop(0) if self.replies else reply


def test_retry_after_is_obeyed(server: Loopback, tmp_path: Path, waits: list[float]) -> None:
    network = replace(FAST, max_wait_seconds=60)
    server.fault = Answers(Reply(429, headers={"Retry-After": "7"}))
    assert ask(server, tmp_path, network).bytes == 4
    assert waits.count(7.0) == 1


def test_waits_grow_and_are_capped(server: Loopback, tmp_path: Path, waits: list[float]) -> None:
    network = replace(FAST, attempts=6, backoff_seconds=1, max_wait_seconds=5)
    server.fault = Answers(*[Reply(500)] * 5)
    ask(server, tmp_path, network)
    assert [wait for wait in waits if wait] == [1, 2, 4, 5, 5]


def test_a_wait_that_is_too_long_fails_at_once(server: Loopback, tmp_path: Path) -> None:
    server.fault = Answers(Reply(429, headers={"Retry-After": "57263"}))
    with pytest.raises(SourceUnreachable, match="57,263 s, which is too long"):
        ask(server, tmp_path)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412])
def test_a_refusal_is_not_asked_again(server: Loopback, tmp_path: Path, status: int) -> None:
    body = b'{"code": "permission_denied", "error": true, "message": "No"}'
    server.fault = Answers(*[Reply(status, body)] * 9)
    with pytest.raises(SourceWrong, match=f"status {status}: permission_denied: No"):
        ask(server, tmp_path)
    assert len(server.requests) == 1


def test_the_key_goes_to_its_host_only(server: Loopback, tmp_path: Path) -> None:
    with serving(lambda _: Reply(body=b"elsewhere")) as other:
        server.fault = Answers(Reply(302, headers={"Location": f"{other.url}/y"}))
        received = ask(server, tmp_path, key=("X-App-Token", "planted"))
    assert received.path.read_bytes() == b"elsewhere"
    assert server.requests[0].headers["x-app-token"] == "planted"
    assert "planted" not in str(other.requests)


def test_a_missing_key_of_the_census_is_said(server: Loopback, tmp_path: Path) -> None:
    headers = {"Location": "/missing_key.html", "X-DataWebAPI-KeyError": "1"}
    server.fault = Answers(Reply(302, headers=headers))
    with pytest.raises(SourceWrong, match="the key is missing or not valid"):
        ask(server, tmp_path)


@pytest.mark.parametrize("target", ["http://[::1", "//\xff\xfe/"], ids=["bracket", "bytes"])
def test_a_redirect_to_no_address_is_a_failed_source(
    server: Loopback, tmp_path: Path, target: str
) -> None:
    server.fault = Answers(Reply(302, headers={"Location": target}))
    with pytest.raises(SourceWrong, match="headers that cannot be read"):
        ask(server, tmp_path)


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-3"], ids=["superscript", "long", "minus"])
def test_a_length_that_is_no_number_is_no_length(
    server: Loopback, tmp_path: Path, length: str
) -> None:
    """So that what needs one, a CSV file, is refused instead of taken for whole."""
    reply = Reply(body=b"some", how="unframed", headers={"Content-Length": length})
    server.fault = Answers(reply)
    received = ask(server, tmp_path)
    assert (received.bytes, received.framed) == (4, False)


def test_redirects_are_limited(server: Loopback, tmp_path: Path) -> None:
    server.fault = Answers(*[Reply(302, headers={"Location": f"/{n}"}) for n in range(9)])
    with pytest.raises(SourceWrong, match="redirects more than 2 times"):
        ask(server, tmp_path, replace(FAST, max_redirects=2))
    assert len(server.requests) == 3


def test_a_second_gzip_stream_is_not_lost_in_silence(server: Loopback, tmp_path: Path) -> None:
    body = gzip.compress(b"one") + gzip.compress(b"two")
    server.fault = Answers(Reply(body=body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceWrong, match="after the end of a gzip stream"):
        ask(server, tmp_path)


def test_a_host_that_cannot_say_304_is_not_downloaded_from_again(
    server: Loopback, tmp_path: Path
) -> None:
    app = server.app

    def tagged(request: Request) -> Reply:
        return replace(app(request), headers={"ETag": '"a"'})

    server.app = tagged
    with open_session(FAST) as (session, hosts):
        http = Http(FAST, session, hosts)
        known = http.get_if_changed(f"{server.url}/x", tmp_path / "x", "bytes", Known('"a"'))
        other = http.get_if_changed(f"{server.url}/x", tmp_path / "x", "bytes", Known('"b"'))
        assert isinstance(known, NotModified)
        assert isinstance(other, Received)
        assert http.meter.bytes == 4


def test_requests_to_a_host_are_one_at_a_time() -> None:
    hosts, inside, most, lock = Hosts(FAST), [0], [0], threading.Lock()

    def visit() -> None:
        for _ in range(20):
            with hosts.turn("a"):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= 1

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_there_is_a_pause_between_requests_to_a_host(waits: list[float]) -> None:
    hosts = Hosts(replace(FAST, pause_seconds=10))
    for host in ("a", "b", "a", "a"):
        with hosts.turn(host):
            pass
    second, third = waits  # the first one at a host waits for nothing
    assert 9 < second <= 10
    assert 19 < third <= 20


def test_nothing_is_asked_after_the_deadline(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="did not finish within 0 s"):
        ask(server, tmp_path, replace(FAST, deadline_seconds=0))
    assert not server.requests


@pytest.mark.parametrize("how", ["trickle", "slow headers", "slow chunk"])
def test_a_byte_now_and_then_does_not_outlast_the_deadline(
    server: Loopback, tmp_path: Path, how: How
) -> None:
    """Each would go on for twenty seconds: the requests count, not the time they took."""
    server.fault = lambda _, reply: replace(reply, body=b"x" * 1000, how=how)
    with pytest.raises(SourceUnreachable, match=r"did not finish within 0\.3 s"):
        ask(server, tmp_path, replace(FAST, deadline_seconds=0.3))
    assert len(server.requests) == 1
    assert server.bytes < 500


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://nobody.invalid/x", "nonsense://x", "http://[x/"]
)
def test_an_address_that_does_not_work_is_a_failed_source(url: str, tmp_path: Path) -> None:
    with open_session(FAST) as (session, hosts), pytest.raises(SourceFailed):
        Http(FAST, session, hosts).get(url, tmp_path / "x", "bytes")


def test_settings_of_the_network_are_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIMECLAIMS_HTTP_ATTEMPTS", "9")
    monkeypatch.setenv("CRIMECLAIMS_HTTP_READ_SECONDS", "1.5")
    monkeypatch.setenv("CRIMECLAIMS_HTTP_CONTACT", " me@example.org ")
    network = load_settings().network
    assert (network.attempts, network.read_seconds) == (9, 1.5)
    assert network.contact == "me@example.org"
    monkeypatch.setenv("CRIMECLAIMS_HTTP_ATTEMPTS", "0")
    with pytest.raises(InputError, match="CRIMECLAIMS_HTTP_ATTEMPTS"):
        load_settings()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "https://declared.org"),
        ({"CRIMECLAIMS_BASE_URL_SOCRATA": "http://a/"}, "http://a"),
        (
            {"CRIMECLAIMS_BASE_URL_SOCRATA": "http://a", "CRIMECLAIMS_BASE_URL_X": "http://b"},
            "http://b",
        ),
    ],
)
def test_an_address_is_the_datasets_before_the_protocols(
    environ: dict[str, str], expected: str
) -> None:
    assert access.base_url("https://declared.org/", "x", "socrata", environ) == expected


@given(
    before=st.text(max_size=20),
    secret=st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=8, max_size=30),
    after=st.text(max_size=20),
)
def test_a_known_key_is_never_left_in_a_text(before: str, secret: str, after: str) -> None:
    assert secret not in access.redact(before + secret + after, [secret])


@given(secret=st.text(min_size=8, max_size=30).filter(lambda s: "*" not in s))
def test_a_key_in_an_address_is_redacted_by_its_name(secret: str) -> None:
    from urllib.parse import quote, quote_plus

    for form in (quote(secret, safe=""), quote_plus(secret)):
        for name in ("api_key", "$$app_token", "X-Amz-Signature", "key", "Key-Pair-Id"):
            text = access.redact(f"GET https://me:{form}@a.org/x?q=1&{name}={form} failed")
            assert form not in text.replace("https://a.org/x?q=1", "")
