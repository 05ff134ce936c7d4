"""The records of a Return A master file: of one length, in a zip or not, with line ends or not."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from datasets.errors import InputError
from datasets.fbi_return_a_months import layout

#: Five times the largest year there is: an archive that unpacks to more is none of these.
MAX_BYTES = 1_000_000_000
BLOCK_RECORDS = 512
END_OF_FILE = b"\x1a"  # how DOS ended a text

#: Last character of a signed count ("overpunch", as COBOL writes it) -> sign and digit.
OVERPUNCH = {
    **{char: (-1, str(digit)) for digit, char in enumerate("}JKLMNOPQR")},
    **{char: (1, str(digit)) for digit, char in enumerate("{ABCDEFGHI")},
}


@cache
def read_count(text: str) -> int | None:
    """A count as the record has it; None if it is blank. Raises ValueError if it is no count.

    >>> read_count("0001J"), read_count("   1B"), read_count("00000"), read_count("     ")
    (-11, 12, 0, None)
    """
    digits = text.strip(" ")
    if not digits:
        return None
    sign, last = OVERPUNCH.get(digits[-1], (1, digits[-1]))
    digits = digits[:-1] + last
    if text[-1] == " " or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{text!r} is no count")
    return sign * int(digits)


def records(path: Path) -> Iterator[str]:
    """The records of a file, or of all files in a zip. Raises InputError naming file and record."""
    if not zipfile.is_zipfile(path):
        try:
            with path.open("rb") as file:
                yield from _split(path, file)
        except OSError as error:
            raise InputError.at(path, f"cannot be read: {error.strerror}") from error
        return
    with _archive(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > MAX_BYTES:
            raise InputError.at(path, f"unpacks to more than {MAX_BYTES:,} bytes")
        for member in members:
            with archive.open(member) as file:
                yield from _split(path, file)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NotImplementedError as error:
        raise InputError.at(
            path,
            f"is packed in a way that cannot be read ({error}): the FBI's files of 1990-1996 are",
            next_step="unpack it with another program (7z) and give the text file in its place",
        ) from error
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise InputError.at(path, f"is a damaged zip: {error}") from error


def _split(path: Path, file: IO[bytes]) -> Iterator[str]:
    """Cut a stream of bytes into records; latin-1, so that a byte is a character."""
    first = file.read(layout.RECORD + 2)
    end = first[layout.RECORD :]
    ending = b"\r\n" if end == b"\r\n" else b"\n" if end[:1] == b"\n" else b""
    stride = layout.RECORD + len(ending)
    number, rest = 0, first
    while True:
        chunk = file.read(stride * BLOCK_RECORDS)
        block = rest + chunk
        whole = len(block) // stride * stride
        for start in range(0, whole, stride):
            number += 1
            yield _record(path, number, block[start : start + stride], ending)
        rest = block[whole:]
        if not chunk:
            break
    rest = rest.removesuffix(END_OF_FILE)
    if rest.strip(b"\r\n"):  # the last record may have no line end
        yield _record(path, number + 1, rest + ending, ending)


def _record(path: Path, number: int, raw: bytes, ending: bytes) -> str:
    body = raw.removesuffix(ending)
    if len(body) != layout.RECORD or b"\n" in body or not raw.endswith(ending):
        length = len(raw.partition(b"\n")[0].rstrip(b"\r"))
        at_least = "at least " if b"\n" not in raw and length >= layout.RECORD else ""
        message = f"record is {at_least}{length:,} characters long, not {layout.RECORD:,}"
        raise InputError.at(path, message, line=number)
    return body.decode("latin-1")
