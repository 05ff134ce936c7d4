"""A table that is read in slices, its slices read apart: on any machine, then brought together.

A slice is kept as ``datasets.protocols.slices`` keeps it, its answers packed beside a list of them
with their checksums. What is shared of it are these files in one, under a name that says of which
declaration and which state of the source they are: slices of two states never meet. A fetch that
finds them where an interrupted one leaves its own goes on from there, and checks each.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from datasets import shared
from datasets.catalog import Dataset, load_catalog
from datasets.errors import InputError, SourceFailed, nearest
from datasets.fetch import client_for, named, request_hash
from datasets.keep import making, partial_folder
from datasets.protocols import Task
from datasets.protocols.socrata import read_some, state_of
from datasets.session import Hosts, Meter
from datasets.settings import Settings
from datasets.sources import SocrataSource

Session = tuple[requests.Session, Hosts]


@dataclass(frozen=True)
class Plan:
    """``home``: where the slices of this state are shared. ``years``: all slices there are."""

    home: str
    asked: str
    state: str
    years: tuple[int, ...]


def sliced(settings: Settings, name: str) -> Dataset:
    """The dataset of that name. Raises InputError, naming those that can, if it has no slices."""
    catalog = load_catalog(settings.datasets_dir)
    can = [each for each, dataset in catalog.items() if _slices(dataset)]
    if name in can:
        return catalog[name]
    hint = nearest(name, catalog) if name not in catalog else None
    said = f'there is no dataset "{name}"' + (f' (did you mean "{hint}"?)' if hint else "")
    raise InputError(
        f"{name} is not read in slices: its source: declares none" if name in catalog else said,
        next_step=f"name one of: {', '.join(can) or 'none that is declared has slices'}",
    )


def plan(settings: Settings, dataset: Dataset, session: Session, now: dt.datetime) -> Plan:
    """Ask the source for its state. Raises SourceFailed."""
    with TemporaryDirectory() as folder:
        task = _task(settings, dataset, session, Path(folder), now, Meter())
        source = _source(dataset)
        try:
            state = state_of(source, task)
        except SourceFailed as error:
            raise named(error, dataset) from None
        asked = request_hash(dataset, task.base_url)
    assert source.slices is not None
    years = tuple(range(source.slices.first, now.year + 1))
    return Plan(f"slices/{dataset.name}/{asked}/{state}", asked, state, years)


def there(settings: Settings, home: str) -> list[int]:
    """The years that are shared."""
    found = (
        re.fullmatch(rf"{re.escape(home)}/(\d+)\.tar", n) for n in shared.names(settings, home)
    )
    return sorted(int(match[1]) for match in found if match)


def read(
    settings: Settings,
    dataset: Dataset,
    session: Session,
    home: str,
    year: int,
    now: dt.datetime,
    meter: Meter | None = None,
) -> int:
    """Read one slice and share it; its rows.

    Raises SourceWrong ``moving`` if the source has another state than ``home`` says, InputError if
    this machine declares the dataset otherwise.
    """
    meter = meter or Meter()
    settings.temp_dir.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="slice-", dir=settings.temp_dir) as made:
        folder = Path(made)
        task = _task(settings, dataset, session, folder, now, meter)
        _, _, asked, state = home.split("/")
        if request_hash(dataset, task.base_url) != asked:
            raise InputError(
                f"this machine declares {dataset.name} otherwise than the one that asks for it",
                next_step="install the same version of crimeclaims, with the same settings, on all",
            )
        try:
            read_some(_source(dataset), task, [year], state)
        except SourceFailed as error:
            raise named(error, dataset) from None
        packed = folder / "packed.tar"
        _pack(folder / "partial" / state / str(year), packed)
        shared.put_files(settings, {f"{home}/{year}.tar": packed})
    return meter.rows


def gather(settings: Settings, dataset: Dataset, plan: Plan) -> None:
    """Put the shared slices where a fetch that was interrupted leaves its own."""
    years = there(settings, plan.home)
    with making(settings, dataset) as scratch, shared.getting(settings) as get:
        home = partial_folder(settings, dataset, plan.asked) / plan.state
        for year in years:
            folder, packed = home / str(year), scratch / "packed.tar"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            get(f"{plan.home}/{year}.tar", packed)
            with tarfile.open(packed, "r:") as tar:
                tar.extractall(folder, filter="data")


def forget(settings: Settings, dataset: Dataset) -> None:
    """Remove what is shared of a dataset, of whatever state."""
    shared.remove(settings, f"slices/{dataset.name}")


def missing(plan: Plan, have: Sequence[int]) -> list[int]:
    return [year for year in plan.years if year not in have]


def spans(years: Sequence[int]) -> str:
    """Years as people write them.

    >>> spans([2001, 2002, 2003, 2007])
    '2001-2003, 2007'
    """
    found: list[list[int]] = []
    for year in sorted(years):
        if found and found[-1][-1] == year - 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else str(s[0]) for s in found)


def _pack(folder: Path, packed: Path) -> None:
    """The files of a folder, which are compressed already, as one; the same give the same bytes."""
    with tarfile.open(packed, mode="w") as tar:
        for path in sorted(folder.iterdir()):
            entry = tarfile.TarInfo(path.name)
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(entry, file)


def _slices(dataset: Dataset) -> bool:
    return isinstance(dataset.source, SocrataSource) and dataset.source.slices is not None


def _source(dataset: Dataset) -> SocrataSource:
    assert isinstance(dataset.source, SocrataSource)
    return dataset.source


def _task(
    settings: Settings,
    dataset: Dataset,
    session: Session,
    folder: Path,
    now: dt.datetime,
    meter: Meter,
) -> Task:
    base, http = client_for(settings, dataset, session, meter)
    parts, scratch = folder / "parts", folder / "scratch"
    for made in (parts, scratch):
        made.mkdir()
    return Task(dataset, base, http, parts, scratch, {}, None, now, folder / "partial")
