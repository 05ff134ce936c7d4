"""Claims in shards: what a worker is given, and how what the workers found is put together again.

Prefect is not imported here. A shard is one shared file with the claim files it needs, byte for
byte, and the names of its claims: a worker reads no claim file of its own, and a lake has a commit
a shard and not one a file.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from checks import verify as engine
from checks.claims_file import load_claims, read_claim_files
from datasets import shared
from datasets.errors import CrimeclaimsError, InputError
from datasets.settings import Settings
from datasets.warehouse import Build
from flows.verdicts import verdicts_json


@dataclass(frozen=True)
class Shard:
    """``name``: of letters and digits. ``claims``: their ids, in the order of all claims."""

    name: str
    claims: tuple[str, ...]


def split(settings: Settings, home: str, size: int) -> list[Shard]:
    """Share all claims under ``home``, at most ``size`` a shard; the shards in order.

    Raises InputError if a claim file is not valid: before any worker is asked.
    """
    paths = sorted(settings.claims_dir.glob("*.yml"))
    if not paths:
        raise InputError(f"there is no claim file (*.yml) in {settings.claims_dir}")
    read = sorted(
        zip(read_claim_files(paths), paths, strict=True),
        key=lambda each: (each[0].document.published, each[0].document.id),
    )
    claims = [(claim.id, path) for file, path in read for claim in file.claims]
    shards = []
    for number, start in enumerate(range(0, len(claims), size), start=1):
        some = claims[start : start + size]
        shard = Shard(f"shard-{number:04d}", tuple(id_ for id_, _ in some))
        texts = {path.name: path.read_text("utf-8") for path in dict.fromkeys(p for _, p in some)}
        value = {"claims": shard.claims, "files": texts}
        shared.put(settings, _given(home, shard.name), _pack(json.dumps(value)))
        shards.append(shard)
    return shards


def verify(settings: Settings, home: str, shard: str, build: Build, as_of: dt.date | None) -> int:
    """Verify a shard and share its verdicts; how many there are."""
    value = json.loads(_unpack(shared.get(settings, _given(home, shard))))
    with TemporaryDirectory() as folder:
        for name, text in value["files"].items():
            Path(folder, Path(name).name).write_text(text, encoding="utf-8")
        files = load_claims(Path(folder))
        found = engine.verify(settings, value["claims"], as_of, build=build, files=files, full=True)
    shared.put(settings, found_name(home, shard), _pack(verdicts_json(found)))
    return len(found)


def gather(
    settings: Settings, home: str, shards: Sequence[Shard], build: str
) -> tuple[str, dict[str, int]]:
    """The verdicts of all shards as one machine writes them, and how many have which label.

    Raises CrimeclaimsError unless every claim has exactly one, of that build.
    """
    texts = []
    labels: Counter[str] = Counter()
    for shard in shards:
        text = _unpack(shared.get(settings, found_name(home, shard.name)))
        verdicts = json.loads(text)
        if [verdict["claim"] for verdict in verdicts] != list(shard.claims):
            raise CrimeclaimsError(f"the verdicts of {shard.name} are not of its claims")
        if {verdict["build"] for verdict in verdicts} != {build}:
            raise CrimeclaimsError(f"the verdicts of {shard.name} are not all of build {build}")
        labels.update(verdict["label"] for verdict in verdicts)
        texts.append(text.removeprefix("[\n").removesuffix("\n]\n"))
    return "[\n" + ",\n".join(texts) + "\n]\n", dict(labels)


def found_name(home: str, shard: str) -> str:
    """The name of the verdicts of a shard."""
    return f"{home}/found/{shard}.json.gz"


def _given(home: str, shard: str) -> str:
    return f"{home}/claims/{shard}.json.gz"


def _pack(text: str) -> bytes:
    """The same text gives the same bytes."""
    return gzip.compress(text.encode(), compresslevel=3, mtime=0)


def _unpack(data: bytes) -> str:
    return gzip.decompress(data).decode()
