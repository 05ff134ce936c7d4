"""Sources for the fault matrix: each protocol with a publisher on loopback that can misbehave.

A protocol is added by one function that yields a ``Site``, and its line in ``RIGS``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from datasets.settings import Settings
from tests.emulators.files import FileHost
from tests.emulators.server import Fault, serving
from tests.faults.source_rigs_arcgis import arcgis
from tests.faults.source_rigs_cde import cde
from tests.faults.source_rigs_census import census
from tests.faults.source_rigs_socrata import slices, socrata
from tests.faults.source_site import (
    DAY,
    MAX_MB,
    Rig,
    Site,
    as_csv,
    made_up_rows,
)
from tests.faults.source_troubles import NO_DAY
from tests.support_live import UPDATED, declare


@contextmanager
def files(folder: Path) -> Iterator[Site]:
    """Two CSV files, of which one changes."""
    rows = made_up_rows(20)
    header = "id,day,label,size,good\n"
    first, second = as_csv(rows[:10], header), as_csv(rows[10:], header)
    old = as_csv(rows[10:15], header)
    host = FileHost({"d/a.csv": (first.encode(), UPDATED - DAY)})
    host.files["d/b c.csv"] = (old.encode(), UPDATED - DAY)
    paths = [{"path": "d/a.csv", "kind": "csv"}]
    paths += [{"path": "d/b c.csv", "name": "b.csv", "kind": "csv"}]
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "max_mb": MAX_MB}
    declare(folder / "datasets", "made_up", source=source | {"files": paths})

    def serve(text: str) -> Fault:
        host.files["d/b c.csv"] = (text.encode(), UPDATED)
        return lambda _, reply: reply

    with serving(host) as server:
        yield Site(
            "made_up",
            "file",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            lambda: host.files.update({"d/b c.csv": (second.encode(), UPDATED)}),
            lambda: as_csv(rows),
            {"file": lambda r: r.path.endswith("b c.csv")},
            {
                "field gone": lambda: serve(second.replace("label", "lable", 1)),
                "field of another type": lambda: serve(second.replace(",true\n", ",yes\n", 1)),
                "row twice": lambda: serve(second + second.splitlines(keepends=True)[-1]),
                "cut in a row": lambda: serve(second[:-9]),
                "modified in no year": lambda: (
                    lambda _, reply: replace(
                        reply, headers={**reply.headers, "Last-Modified": NO_DAY}
                    )
                ),
            },
        )


@contextmanager
def signed_zip(folder: Path) -> Iterator[Site]:
    """A CSV in a zip, behind an address that is signed."""
    rows = made_up_rows(30)
    header = "id,day,label,size,good\n"

    def packed(text: str, name: str = "data/t.csv") -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "about")
            archive.writestr(name, text)
        return file.getvalue()

    host = FileHost(
        {"bulk/t.zip": (packed(as_csv(rows[:9], header)), UPDATED - DAY)}, signer="sign"
    )
    file = {"path": "bulk/t.zip", "kind": "zip", "member": "*.csv"}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "max_mb": MAX_MB}
    declare(folder / "datasets", "made_up", source=source | {"files": [file], "signed_by": "sign"})

    def serve(content: bytes) -> Fault:
        host.files["bulk/t.zip"] = (content, UPDATED)
        return lambda _, reply: reply

    text = as_csv(rows, header)
    with serving(host) as server:
        host.url = server.url
        yield Site(
            "made_up",
            "signed zip",
            Settings(var=folder / "var", datasets_dir=folder / "datasets"),
            server,
            lambda: host.files.update({"bulk/t.zip": (packed(text), UPDATED)}),
            lambda: as_csv(rows),
            {
                "address": lambda r: r.path == "/sign",
                "zip": lambda r: r.path == "/bulk/t.zip",
            },
            {
                "field gone": lambda: serve(packed(text.replace("label", "lable", 1))),
                "field of another type": lambda: serve(packed(text.replace(",true\n", ",1x\n", 1))),
                "zip cut off": lambda: serve(packed(text)[:-40]),
                "zip damaged": lambda: serve(packed(text).replace(b"PK\x01\x02", b"PK\x01\x03")),
                "zip bomb": lambda: serve(packed(header + " " * 1_000_000)),
                "path out of the zip": lambda: serve(packed(text, "../t.csv")),
                "member missing": lambda: serve(packed(text, "t.tsv")),
                "not published": lambda: host.files.clear() or (lambda _, reply: reply),
            },
        )


RIGS: dict[str, Rig] = {
    "socrata": socrata,
    "slices": slices,
    "file": files,
    "signed zip": signed_zip,
    "cde": cde,
    "arcgis": arcgis,
    "census": census,
}
