"""A fetched table made anew from the publisher's answers, where dataset.yml changed its columns.

The archive keeps the answers, and nothing in it ever changes: so the new table is written to
``var/remade``, under a name that depends on all that it is made from. It can be deleted any time.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import uuid
from collections.abc import Collection
from pathlib import Path

import duckdb

from datasets.answers import check_encoding, read_json
from datasets.archive import MANIFEST, PARTS, Retrieval, Snapshot, read_snapshot, verify_bytes
from datasets.archive import verify_parts as check_parts
from datasets.catalog import SQL_TYPES, Column, Dataset
from datasets.errors import InputError, SourceFailed, SourceWrong
from datasets.features import features
from datasets.keep import manifest_text
from datasets.parquet import described
from datasets.parsing import make_table, own_parser
from datasets.settings import Settings
from datasets.unpack import unpack_member
from datasets.warehouse import memory, write_atomically

#: The type of a column of a CSV.
TEXT = SQL_TYPES["text"]


def with_declared_columns(settings: Settings, dataset: Dataset, snapshot: Snapshot) -> Snapshot:
    """``snapshot``, or one with its table remade if that has not the columns now declared.

    What has no answers to remake it from, as a bundled one, is returned as it is: loading it says
    what is wrong. Raises InputError if the answers do not have what the new columns need.
    """
    retrieval = snapshot.manifest.retrieval
    had = _columns(settings, dataset, snapshot.path)
    declared = {column.name: _type(dataset, column) for column in dataset.columns}
    if retrieval is None or not retrieval.made_from or not had or had == declared:
        return snapshot
    target = remade_folder(settings, dataset, snapshot)
    home = target.parent
    if (ready := _ready(target, dataset)) is not None:
        return ready
    making = home / f".making-{uuid.uuid4().hex[:8]}"
    making.mkdir(parents=True)
    try:
        _make(settings, dataset, snapshot, retrieval, had, making)
        shutil.rmtree(target, ignore_errors=True)  # one that was there and not whole
        making.rename(target)
    except (InputError, SourceFailed) as error:
        raise InputError(
            f"{snapshot.id} does not have the columns that {dataset.name}/dataset.yml declares, "
            f"and cannot be remade from the answers it was made from: {error}",
            next_step=f"see {snapshot.folder}; or declare the columns that it has",
        ) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return read_snapshot(target, dataset)


def remade_folder(settings: Settings, dataset: Dataset, snapshot: Snapshot) -> Path:
    """Where the table is that is remade of ``snapshot`` for the columns now declared."""
    own = own_parser(settings, dataset)
    what = [column.model_dump(mode="json") for column in dataset.columns]
    text = json.dumps([what, list(dataset.key), snapshot.id, own.read_text() if own else None])
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    return settings.var / "remade" / dataset.name / f"{snapshot.folder.name}-{key}"


def all_remade(settings: Settings, dataset: Dataset) -> dict[Path, str]:
    """The folders of all tables remade of a dataset, each with its archived snapshot's name."""
    home = settings.var / "remade" / dataset.name
    return {path: path.name.rpartition("-")[0] for path in sorted(home.glob("[!.]*-*"))}


def _columns(settings: Settings, dataset: Dataset, path: Path) -> dict[str, str]:
    """Names of the table's columns, and their types where the file has them.

    None if it cannot be read, which loading it will say.
    """
    if dataset.typed:
        return column_types(settings, path)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return dict.fromkeys(next(csv.reader(file), []), TEXT)
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}


def column_types(settings: Settings, path: Path) -> dict[str, str]:
    """Names and SQL types of a Parquet file's columns; none if it cannot be read as one."""
    with memory(settings) as con:
        try:
            return described(con, path)
        except duckdb.Error:
            return {}


def _without_values(settings: Settings, path: Path, names: Collection[str]) -> set[str]:
    """Which of the columns ``names`` of a Parquet file have no value in any row."""
    with memory(settings) as con:
        counts = ", ".join(f'count("{name}")' for name in names)
        [row] = con.execute(f"SELECT {counts} FROM read_parquet(?)", [str(path)]).fetchall()
    return {name for name, n in zip(names, row, strict=True) if not n}


def _type(dataset: Dataset, column: Column) -> str:
    """A column's type in the table's file: a CSV has texts only."""
    return SQL_TYPES[column.type] if dataset.typed else TEXT


def _ready(folder: Path, dataset: Dataset) -> Snapshot | None:
    """The one that was remade before, if it is whole."""
    if not (folder / MANIFEST).is_file():
        return None
    try:
        snapshot = read_snapshot(folder, dataset)
        verify_bytes(snapshot)
    except InputError:
        return None
    return snapshot


def _make(
    settings: Settings,
    dataset: Dataset,
    snapshot: Snapshot,
    retrieval: Retrieval,
    had: Collection[str],
    folder: Path,
) -> None:
    """Write table and manifest into ``folder``."""
    check_parts(snapshot)
    scratch = folder / "scratch"
    scratch.mkdir()
    limit = settings.network.max_bytes
    if dataset.source is not None:
        limit = min(limit, int(dataset.source.max_mb * 1_000_000))
    inputs = []
    for each in retrieval.made_from:
        path = snapshot.folder / PARTS / each.part
        if each.member is not None:
            path = unpack_member(path, each.member, scratch, limit)
            if each.member.endswith((".csv", ".txt")):
                check_encoding(path, retrieval.encoding)
        inputs.append(path)
    if own_parser(settings, dataset) is None and not dataset.typed:
        _asked_for(dataset, retrieval, inputs, had)
    form, encoding = retrieval.form, retrieval.encoding
    table = make_table(settings, dataset, inputs, form, encoding, folder, scratch)
    if own_parser(settings, dataset) is None and dataset.typed and form == "json":
        new = {c.name: c.source_field for c in dataset.columns if c.name not in had}
        absent = _without_values(settings, folder / dataset.file, tuple(new)) if new else ()
        _refuse_absent({new[name] for name in absent})
    shutil.rmtree(scratch)
    origin = f"{snapshot.manifest.origin}; the table remade from the same answers for other columns"
    manifest = snapshot.manifest.model_copy(update={"files": (table,), "origin": origin})
    write_atomically(folder / MANIFEST, manifest_text(manifest.model_dump(mode="json")))


def _asked_for(
    dataset: Dataset, retrieval: Retrieval, inputs: list[Path], had: Collection[str]
) -> None:
    """Raise SourceWrong for a new column whose field no row has: it may not have been asked for.

    In JSON a field that is absent is a missing value where it was asked for, and nothing where it
    was not. (CSV has a header, and a parser judges by itself.)
    """
    if retrieval.form not in ("json", "features"):
        return
    new = {column.source_field for column in dataset.columns if column.name not in had}
    for path in inputs:
        for row in features(path) if retrieval.form == "features" else read_json(path, "rows"):
            new -= row.keys()
        if not new:
            return
    _refuse_absent(new)


def _refuse_absent(fields: set[str]) -> None:
    if fields:
        raise SourceWrong("schema", f"no row of them has the field {', '.join(sorted(fields))}")
