"""A response's body: whether it is the one we have, and if not, its way to disk.

On the way it is limited, decompressed in small parts, counted and hashed.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from datasets.answers import whole_number
from datasets.errors import SourceWrong

BLOCK = 64 * 1024


@dataclass(frozen=True)
class Received:
    """A body on disk, decompressed; ``url`` is redacted, names of ``headers`` ignore case."""

    path: Path
    url: str
    headers: Mapping[str, str]
    sha256: str
    bytes: int
    framed: bool  # its length was known, so it is known to be whole


@dataclass(frozen=True)
class NotModified:
    """304: what we have is still right."""

    url: str


@dataclass(frozen=True)
class Known:
    """What a host said of the body that we have: nothing, its ETag, its Last-Modified."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Those of a conditional request."""
        pairs = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return {name: value for name, value in pairs if value}

    def is_of(self, headers: Mapping[str, str]) -> bool:
        """Whether an answer is that body again, from a host that does not know 304."""
        if self.etag or headers.get("ETag"):
            return self.etag == headers.get("ETag")
        return self.last_modified is not None and self.last_modified == headers.get("Last-Modified")


def receive(
    response: requests.Response, to: Path, url: str, limit: int, took: Callable[[int], None]
) -> Received:
    """Stream the body of ``response`` to ``to``, decompressed, counted, hashed and on disk.

    ``url``: as it may be written down. ``limit``: bytes after decompression. ``took`` is told the
    size of each block as it comes, and may raise. Raises SourceWrong, or what urllib3 raises.
    """
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    size_said = None if chunked else whole_number(response.headers.get("Content-Length"))
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceWrong("encoding", f"answered with the encoding {coding!r}, not asked for")
    inflate = zlib.decompressobj(wbits=31) if coding.endswith("gzip") else None
    digest, size, wire = hashlib.sha256(), 0, 0
    with to.open("wb") as file:
        for block in _blocks(response, took):
            wire += len(block)
            for piece in _pieces(block, inflate):
                size += len(piece)
                if size > limit:
                    raise SourceWrong("too large", f"sends more than {limit:,} bytes")
                digest.update(piece)
                file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    # A second look, beside urllib3's own.
    if size_said is not None and size_said != wire:
        what = f"sent {wire:,} of {size_said:,} bytes"
        raise SourceWrong("truncated", what, transient=True)
    if inflate is not None and not inflate.eof and wire:
        raise SourceWrong("truncated", "sent a gzip stream that breaks off", transient=True)
    framed = chunked or size_said is not None or inflate is not None
    return Received(to, url, response.headers, digest.hexdigest(), size, framed)


def _blocks(response: requests.Response, took: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes as they come; read1, so that a trickle cannot keep us from seeing the deadline."""
    while block := response.raw.read1(BLOCK, decode_content=False):
        took(len(block))
        yield block


def _pieces(block: bytes, inflate: zlib._Decompress | None) -> Iterator[bytes]:
    """``block`` decompressed, never more than a block at a time: a bomb goes off in small parts."""
    if inflate is None:
        yield block
        return
    try:
        while block and not inflate.eof:
            yield inflate.decompress(block, BLOCK)
            block = inflate.unconsumed_tail
        if block or inflate.unused_data:
            raise SourceWrong("encoding", "sent bytes after the end of a gzip stream")
    except zlib.error as error:
        raise SourceWrong(
            "encoding", f"sent a gzip stream that is broken: {error}", transient=True
        ) from None
