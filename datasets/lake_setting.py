"""Which warehouse is used: files of this machine, or a DuckLake that several machines share.

``CRIMECLAIMS_WAREHOUSE`` is ``files`` (or unset), ``ducklake:postgres:<address>`` with libpq's
``key=value`` words or a ``postgresql://`` address, or ``ducklake:<path>.ducklake``, a catalog in a
file, for one machine. ``CRIMECLAIMS_LAKE_DATA`` is where the tables' files are: a folder that all
machines see under the same path, or ``s3://bucket/prefix``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from datasets.access import HIDDEN, OF_LAKE, redact
from datasets.errors import InputError

WAREHOUSE = "CRIMECLAIMS_WAREHOUSE"
LAKE_DATA = "CRIMECLAIMS_LAKE_DATA"

#: Seconds until a server that does not answer counts as unreachable, where nothing else is set.
CONNECT_SECONDS = 10

_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_=-][A-Za-z0-9!_.()=-]*)*/?")
_PASSWORD_WORD = re.compile(r"(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"(postgres(?:ql)?://[^\s:@/]*):[^\s/]*@")


@dataclass(frozen=True)
class Lake:
    """A DuckLake. ``postgres``: address of its catalog's server, as libpq has it; None: a file.

    ``file``: of the catalog, if it is one. ``data``: a folder or ``s3://…``, with a slash at its
    end. A password may be in ``postgres``: what is shown is ``shown``.
    """

    data: str
    postgres: str | None = field(default=None, repr=False)
    file: Path | None = None

    @property
    def catalog(self) -> str:
        """As DuckDB attaches it after ``ducklake:``. Not to be shown."""
        return str(self.file) if self.postgres is None else f"postgres:{self.server}"

    @property
    def server(self) -> str:
        """The address of the catalog's server, with a limit on how long to wait for it."""
        address = self.postgres or ""
        if "connect_timeout" in address or "PGCONNECT_TIMEOUT" in os.environ:
            return address
        if "://" in address:
            joint = "&" if urlsplit(address).query else "?"
            return f"{address}{joint}connect_timeout={CONNECT_SECONDS}"
        return f"{address} connect_timeout={CONNECT_SECONDS}".strip()

    @property
    def shown(self) -> str:
        """The setting without its password."""
        if self.postgres is None:
            return f"ducklake:{self.file}"
        return self.redact(f"ducklake:postgres:{self.postgres}")

    @property
    def in_s3(self) -> bool:
        return self.data.startswith("s3://")

    def redact(self, text: str) -> str:
        """``text`` without passwords and keys of the catalog and of the files."""
        hidden = redact(text, _secrets(self.postgres or "", os.environ))
        hidden = _PASSWORD_IN_ADDRESS.sub(rf"\1:{HIDDEN}@", hidden)
        return _PASSWORD_WORD.sub(rf"\g<1>{HIDDEN}", hidden)


def lake_of(environ: Mapping[str, str]) -> Lake | None:
    """The lake that the environment names; None for files.

    Raises InputError for what is not a warehouse; a password in it is not shown.
    """
    text = environ.get(WAREHOUSE, "").strip()
    if text in ("", "files"):
        return None
    kind, _, catalog = text.partition(":")
    if kind != "ducklake":
        raise InputError(
            f"{WAREHOUSE} begins with {_shown(kind)!r}; it is files, ducklake:postgres:<address> "
            "or ducklake:<path>.ducklake",
            next_step=f"unset {WAREHOUSE} to keep builds as files of this machine",
        )
    data = environ.get(LAKE_DATA, "").strip()
    if catalog.startswith("postgres:"):
        return Lake(_data(data), postgres=catalog.removeprefix("postgres:").strip())
    if not catalog.endswith(".ducklake"):
        raise InputError(
            f"{WAREHOUSE}: {_shown(catalog)!r} is neither postgres:<address> nor a path that ends "
            "in .ducklake",
            next_step=f"for example {WAREHOUSE}=ducklake:postgres:postgresql://user@host/database",
        )
    file = Path(catalog).expanduser().resolve()
    return Lake(_data(data or f"{file}.files"), file=file)


def _data(text: str) -> str:
    """Where the files are, with a slash at the end. Raises InputError."""
    if not text:
        raise InputError(
            f"{LAKE_DATA} is not set: where the tables of the lake are",
            next_step=f"set {LAKE_DATA} to a folder that all machines see, or to s3://bucket/prefix",
        )
    if "://" not in text:
        return f"{Path(text).expanduser().resolve()}/"
    if not _S3.fullmatch(text):
        raise InputError(
            f"{LAKE_DATA} is not a folder and not s3://bucket/prefix",
            next_step=f"set {LAKE_DATA} to one of them; keys come from AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY",
        )
    return f"{text.rstrip('/')}/"


def _shown(text: str) -> str:
    """The beginning of a wrong setting, without anything that could be a password."""
    return re.split(r"[:@\s]", text, maxsplit=1)[0][:40]


def _secrets(address: str, environ: Mapping[str, str]) -> set[str]:
    found = {environ.get(name, "") for name in OF_LAKE}
    if "://" in address:
        try:
            parts = urlsplit(address)
            words = [
                parts.password or "",
                *(v for k, v in parse_qsl(parts.query) if k == "password"),
            ]
        except ValueError:  # no address at all: hide it all
            words = [address]
        found |= {*words, *map(unquote, words)}
    for _, word in _PASSWORD_WORD.findall(address):
        found |= {word, re.sub(r"\\(.)", r"\1", word.strip("'"))}
    return {word for word in found if word}
