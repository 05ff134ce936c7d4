"""Telling a webhook: JSON by POST, signed if a secret is set. Its address is a secret itself.

``CRIMECLAIMS_WEBHOOK_URL`` is where to, and often holds a token: nothing here says it, not even an
error. With ``CRIMECLAIMS_WEBHOOK_SECRET`` the header ``X-Crimeclaims-Signature`` is
``sha256=<hex>``, the HMAC-SHA256 (RFC 2104) of the body's bytes, so that the receiver knows who
sent it. ``X-Crimeclaims-Delivery`` is the same for every attempt at one notice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import get_auth_from_url

from datasets.errors import CrimeclaimsError
from datasets.session import open_session
from datasets.settings import Network

URL = "CRIMECLAIMS_WEBHOOK_URL"
SECRET = "CRIMECLAIMS_WEBHOOK_SECRET"

EVENT_HEADER = "X-Crimeclaims-Event"
DELIVERY_HEADER = "X-Crimeclaims-Delivery"
SIGNATURE_HEADER = "X-Crimeclaims-Signature"

#: A receiver that says nothing for so long is not waited for.
SILENCE_SECONDS = 20.0


class WebhookFailed(CrimeclaimsError):  # noqa: N818
    """It was not told. ``transient``: asking again may help."""

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


def configured(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is somebody to tell."""
    return bool(environ.get(URL, "").strip())


def signature(secret: str, body: bytes) -> str:
    """What the header says of ``body``.

    >>> signature("Jefe", b"what do ya want for nothing?")[:23]
    'sha256=5bdcc146bf60754e'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(
    network: Network,
    event: str,
    delivery: str,
    value: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Send ``value``. Raises WebhookFailed, which never says the address."""
    url, secret = environ[URL].strip(), environ.get(SECRET, "").strip()
    if not _is_address(url):
        raise WebhookFailed(f"{URL} is not an http(s) address", transient=False)
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        EVENT_HEADER: event,
        DELIVERY_HEADER: delivery,
        **({SIGNATURE_HEADER: signature(secret, body)} if secret else {}),
    }
    user = get_auth_from_url(url)
    try:
        with (
            open_session(network) as (session, _),
            _unheard("urllib3"),
            session.post(
                url,
                data=body,
                headers=headers,
                auth=user if any(user) else None,
                timeout=(network.connect_seconds, min(network.read_seconds, SILENCE_SECONDS)),
                allow_redirects=False,  # another address is another receiver
                stream=True,  # what it says is of no interest
            ) as response,
        ):
            status = response.status_code
    except (requests.RequestException, OSError, ValueError) as error:
        # Its own words name the host and the path.
        said = f"could not be reached ({type(error).__name__})"
        raise WebhookFailed(f"the webhook {said}", transient=True) from None
    if not 200 <= status < 300:
        later = status == 429 or status >= 500
        raise WebhookFailed(f"the webhook answered with status {status}", transient=later)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@contextmanager
def _unheard(name: str) -> Iterator[None]:
    """Nothing of a logger and those below it inside: they write addresses, if somebody listens."""
    there = logging.root.manager.loggerDict
    loggers = [
        logging.getLogger(n) for n in [*there, name] if n == name or n.startswith(f"{name}.")
    ]
    before = [each.disabled for each in loggers]
    for each in loggers:
        each.disabled = True
    try:
        yield
    finally:
        for each, was in zip(loggers, before, strict=True):
            each.disabled = was
