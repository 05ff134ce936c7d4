"""A small writer of .xls, the binary format in which the FBI publishes its tables.

One sheet of texts and numbers: BIFF8 records (LABEL, NUMBER) in one stream of a compound file, as
in Microsoft's [MS-XLS] and [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

_SECTOR = 512
_MIN_STREAM = 4096  # a shorter stream would be kept elsewhere in the file
_FREE, _END, _IS_FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with ``rows`` in its one sheet; None is no cell."""
    return _compound(_workbook(rows))


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(value: str) -> bytes:
    """A length, one byte that says how wide characters are, and the characters."""
    return struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")


def _cell(row: int, column: int, value: Any) -> bytes:
    at = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, at + _text(value))
    return _record(0x0203, at + struct.pack("<d", value))


def _workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    def begin(what: int) -> bytes:
        return _record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0x0DBB, 0x07CC, 0, 0x0600))

    end, code_page = _record(0x000A), _record(0x0042, struct.pack("<H", 1200))
    name = b"\x06\x00Sheet1"
    before = len(begin(5)) + len(code_page) + len(_record(0x0085, bytes(6) + name)) + len(end)
    sheet = _record(0x0085, struct.pack("<IH", before, 0) + name)
    width = max(len(row) for row in rows)
    dimensions = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    cells = b"".join(
        _cell(i, j, value)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if value is not None
    )
    return begin(5) + code_page + sheet + end + begin(0x10) + dimensions + cells + end


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    """An entry of the directory, 128 bytes: 5 is the root, 2 a stream."""
    text = (name + "\0").encode("utf-16-le")
    links = struct.pack("<HBBIII", len(text), kind, 1, _FREE, _FREE, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def _compound(stream: bytes) -> bytes:
    stream = stream.ljust(max(_MIN_STREAM, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    n = len(stream) // _SECTOR
    tables = 1
    while tables * _SECTOR // 4 < n + 1 + tables:
        tables += 1
    assert tables <= 109, "more than the header has room for"
    chain = [*range(1, n), _END, _END, *[_IS_FAT] * tables]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    places = [n + 1 + i for i in range(tables)] + [_FREE] * (109 - tables)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, n, 0, _MIN_STREAM, _END, 0, _END, 0)
    header += struct.pack("<109I", *places)
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 0, len(stream))
    directory = directory.ljust(_SECTOR, b"\0")
    return header + stream + directory + struct.pack(f"<{len(chain)}I", *chain)
