"""The report on the disk: a folder that is there whole or not at all, and a zip of it to mail."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from datasets.errors import InputError

#: The day of every file in a zip, so that the same report makes the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pages(
    folder: Path, pages: Iterable[tuple[str, str]], more: Callable[[Path], object] = lambda _: None
) -> None:
    """Write files, given by their path in ``folder``; it takes its name only when all are there.

    ``more``: writes what else belongs there into the folder it is given.

    Raises InputError for two files of one name, on any disk: ``A`` and ``a`` are one on some.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    seen: dict[str, str] = {}
    for path, text in pages:
        twin = seen.setdefault(path.casefold(), path)
        if twin is not path:
            raise InputError(f"two pages of the report would be one file: {twin} and {path}")
        file = partial / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    more(partial)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)


def zip_folder(folder: Path, target: Path) -> None:
    """All files of ``folder`` in one zip, under its name."""
    partial = target.with_name(f".{target.name}.partial")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in files:
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes())
    partial.rename(target)
