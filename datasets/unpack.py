"""One file out of a publisher's zip, without trusting the zip: no path, no bomb, no guess."""

from __future__ import annotations

import os
import zipfile
import zlib
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from datasets.errors import SourceWrong

MAX_MEMBERS = 10_000
BLOCK = 1 << 20


def unpack_member(path: Path, pattern: str, folder: Path, max_bytes: int) -> Path:
    """Unpack the one member whose name fits ``pattern`` into ``folder``; return its path.

    ``pattern``: a name, or one with ``*``; ``max_bytes``: its largest size, counted while it is
    unpacked. Raises SourceWrong for an archive that is broken, encrypted, packed in a way we cannot
    unpack, too large, or has a member with a path that leads out of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            chosen = _choose(archive.infolist(), pattern)
            within = folder / f"{path.name}.unpacked"
            within.mkdir(exist_ok=True)
            target = within / PurePosixPath(chosen.filename).name
            with archive.open(chosen) as member, target.open("wb") as file:
                size = 0
                while block := member.read(BLOCK):
                    size += len(block)
                    if size > max_bytes:
                        what = f"{chosen.filename} in the archive has more than {max_bytes:,} bytes"
                        raise SourceWrong("too large", what)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            return target
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise SourceWrong("archive", f"sent an archive that cannot be read: {error}") from None


def _choose(members: list[zipfile.ZipInfo], pattern: str) -> zipfile.ZipInfo:
    if len(members) > MAX_MEMBERS:
        raise SourceWrong("archive", f"sent an archive of {len(members):,} files")
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if ".." in parts or member.filename.startswith(("/", "\\")) or ":" in member.filename:
            raise SourceWrong(
                "archive", f"sent an archive with a path out of it: {member.filename[:80]!r}"
            )
    fitting = [m for m in members if not m.is_dir() and fnmatchcase(m.filename, pattern)]
    if len(fitting) != 1:
        names = ", ".join(m.filename for m in (fitting or members)[:5])
        raise SourceWrong(
            "archive", f"sent an archive with {len(fitting)} files like {pattern} (has: {names})"
        )
    return fitting[0]
