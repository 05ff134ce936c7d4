"""Where a source is asked and with which key: what a user's environment says about it.

For a dataset ``chicago_homicides`` of protocol ``socrata`` the first of these that is set counts:
``CRIMECLAIMS_BASE_URL_CHICAGO_HOMICIDES``, ``CRIMECLAIMS_BASE_URL_SOCRATA``; and likewise
``CRIMECLAIMS_KEY_CHICAGO_HOMICIDES``, ``CRIMECLAIMS_KEY_SOCRATA``. A key is sent as a header, only
to the host it is meant for, and appears in nothing that is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

HIDDEN = "***"
KEY_PREFIX = "CRIMECLAIMS_KEY_"

#: Names of query parameters whose values are secrets, whoever put them into an address.
_SECRET_NAME = re.compile(
    r"key|token|secret|signature|credential|password|policy|^sig$|^auth|^x-amz-", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s\"'<>)\\]+")


def base_url(
    declared: str,
    dataset: str,
    protocol: str,
    environ: Mapping[str, str] = os.environ,
    *,
    with_key: str | None = None,
) -> str:
    """The address a source is asked at, without a slash at its end.

    ``with_key``: the one that is declared for those who have a key, if there is another.
    """
    if with_key and key(dataset, protocol, environ):
        declared = with_key
    return (_first("CRIMECLAIMS_BASE_URL_", dataset, protocol, environ) or declared).rstrip("/")


def key(dataset: str, protocol: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """The user's key for a source, if there is one."""
    return _first(KEY_PREFIX, dataset, protocol, environ)


def _first(prefix: str, dataset: str, protocol: str, environ: Mapping[str, str]) -> str | None:
    for name in (dataset, protocol):
        if value := environ.get(prefix + name.upper(), "").strip():
            return value
    return None


#: Variables with the passwords of a lake: of PostgreSQL and of S3.
OF_LAKE = ("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
#: Other variables with a password or a key that a run can be told: also Prefect's, and those of a
#: lineage server.
_OTHERS = frozenset(
    {
        *("PREFECT_API_KEY", "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"),
        *("OPENLINEAGE_API_KEY", "OPENLINEAGE__TRANSPORT__AUTH__APIKEY"),
        *OF_LAKE,
    }
)
#: A shorter value of theirs would be found in ordinary words.
_LEAST = 6


def secrets(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Every key of the environment, whichever source or server it is for."""
    return tuple(
        value.strip()
        for name, value in environ.items()
        if (name.startswith(KEY_PREFIX) and value.strip())
        or (name in _OTHERS and len(value.strip()) >= _LEAST)
    )


def redact_url(url: str) -> str:
    """``url`` without user, password and the values of secret parameters.

    >>> redact_url("https://me:pw@a.org/x?q=1&api_key=abc")
    'https://a.org/x?q=1&api_key=***'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # no address at all: nothing of it is needed
        return HIDDEN
    pairs = [
        (name, HIDDEN if _SECRET_NAME.search(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    query = urlencode(pairs, safe="*$:',()", quote_via=quote)
    return urlunsplit(
        (parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, parts.fragment)
    )


def redact(text: str, known: Iterable[str] = ()) -> str:
    """``text`` without the ``known`` keys (plain or as in an address) and secrets in addresses."""
    for secret in sorted(known, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(form, HIDDEN)
    return _URL.sub(lambda found: redact_url(found.group()), text)
