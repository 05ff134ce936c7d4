"""What went wrong with a connection, said for a user: with the address, and without secrets."""

from __future__ import annotations

import requests
import urllib3

from datasets import access
from datasets.errors import SourceFailed, SourceUnreachable, SourceWrong

_LOOK = "see whether the network and the publisher's site work, then try again"


class _Broken(SourceUnreachable):
    """The connection failed."""

    transient = True


def connection_failed(error: Exception) -> SourceFailed:
    """The error of one attempt, of what requests or urllib3 raised."""
    said = access.redact(str(error), access.secrets())
    if "certificate" in said.lower() and "ssl" in (said + type(error).__name__).lower():
        return SourceUnreachable(
            "has no certificate that can be trusted",
            next_step="if you are behind a proxy, name its certificates in REQUESTS_CA_BUNDLE",
        )
    wrong = requests.exceptions.InvalidURL | requests.exceptions.MissingSchema
    if isinstance(error, wrong | requests.exceptions.InvalidSchema):
        return SourceWrong("redirect", f"has an address that cannot be asked: {said[:200]}")
    timeout = requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
    if isinstance(error, timeout):
        return _Broken("did not answer in time", next_step="try again later")
    if "NewConnectionError" in said or "NameResolutionError" in said:
        return _Broken("cannot be reached", next_step=_LOOK)
    return _Broken(
        f"broke the connection off ({type(error).__name__})",
        next_step=_LOOK,
    )


def final(failed: SourceFailed, url: str, wait: float | None) -> SourceFailed:
    """The error for the user: with the address, without secrets, without what came before it."""
    message = f"{access.redact_url(url)} {failed}"
    if wait is not None:
        message += f"; to be asked again in {wait:,.0f} s, which is too long"
    message = access.redact(message, access.secrets())
    if isinstance(failed, SourceWrong):
        return SourceWrong(failed.fault, message, next_step=failed.next_step)
    return SourceUnreachable(message, next_step=failed.next_step)
