"""The webhook: what is sent, how it is signed, and that its address is never said."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket

import pytest

from datasets.settings import Network
from flows import webhook
from tests.support_hooks import receiving

TOKEN = "planted-token-42"
FAST = Network(connect_seconds=2, read_seconds=0.3)


def test_what_is_sent_is_signed() -> None:
    value = {"claims": ["a1"], "summary": "“murders” – é"}
    with receiving() as there:
        environ = {webhook.URL: f" {there.url}/x?y=1 ", webhook.SECRET: "s3cret"}
        webhook.post(FAST, "crimeclaims.gate.closed", "id-1", value, environ)
    [sent] = there.deliveries
    assert (sent.path, sent.value) == ("/x?y=1", value)
    expected = hmac.new(b"s3cret", sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["x-crimeclaims-signature"] == f"sha256={expected}"
    assert sent.headers["x-crimeclaims-event"] == "crimeclaims.gate.closed"
    assert sent.headers["x-crimeclaims-delivery"] == "id-1"
    assert sent.headers["user-agent"].startswith("crimeclaims/")


def test_the_signature_is_that_of_rfc_4231() -> None:
    """Its second test case."""
    assert webhook.signature("Jefe", b"what do ya want for nothing?") == (
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_without_a_secret_nothing_is_signed_and_a_password_in_the_address_is_sent() -> None:
    with receiving() as there:
        url = there.url.replace("//", "//desk:pw@")
        webhook.post(FAST, "e", "i", {}, {webhook.URL: url})
    [sent] = there.deliveries
    assert "x-crimeclaims-signature" not in sent.headers
    assert sent.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("status", "transient"), [(500, True), (429, True), (404, False), (302, False)]
)
def test_a_refusal_says_its_status_and_whether_it_can_pass(status: int, transient: bool) -> None:
    with receiving() as there:
        there.statuses[f"/{TOKEN}"] = [status]
        with pytest.raises(webhook.WebhookFailed, match=f"status {status}") as failed:
            webhook.post(FAST, "e", "i", {}, {webhook.URL: f"{there.url}/{TOKEN}"})
    assert failed.value.transient is transient
    assert len(there.deliveries) == 1  # a redirect is not followed
    assert TOKEN not in str(failed.value)


def test_nothing_that_goes_wrong_says_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as silent, receiving() as there:
        port = silent.getsockname()[1]
        addresses = [
            f"http://127.0.0.1:{port}/{TOKEN}",  # accepts, and says nothing
            f"http://127.0.0.1:1/{TOKEN}",
            f"https://127.0.0.1:{there.url.rpartition(':')[2]}/{TOKEN}",
            f"ftp://127.0.0.1/{TOKEN}",
            f"http://[{TOKEN}/",
            f"http://exa mple/{TOKEN}",
        ]
        for address in addresses:
            with pytest.raises(webhook.WebhookFailed) as failed:
                webhook.post(FAST, "e", "i", {}, {webhook.URL: address})
            assert TOKEN not in str(failed.value)
            assert failed.value.__suppress_context__ or failed.value.__context__ is None
        webhook.post(FAST, "e", "i", {}, {webhook.URL: f"{there.url}/{TOKEN}"})
    assert TOKEN not in caplog.text
    assert not logging.getLogger("urllib3.connectionpool").disabled


def test_there_is_nobody_to_tell_if_no_address_is_set() -> None:
    assert not webhook.configured({})
    assert not webhook.configured({webhook.URL: " "})
    assert webhook.configured({webhook.URL: json.dumps("x")})
