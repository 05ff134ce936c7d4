"""From a publisher's answers to rows: by the dataset's own ``parse.py``, or as JSON or CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from datasets.archive import ArchivedFile, Form
from datasets.catalog import Dataset
from datasets.errors import InputError, SourceFailed, SourceWrong
from datasets.features import feature_rows
from datasets.parquet import write_parquet
from datasets.settings import Settings
from datasets.table import Row, beside, csv_rows, json_rows, write_table


def own_parser(settings: Settings, dataset: Dataset) -> Path | None:
    """The dataset's ``parse.py``, if it has one."""
    own = settings.datasets_dir / dataset.name / "parse.py"
    return own if own.is_file() else None


def make_table(
    settings: Settings,
    dataset: Dataset,
    inputs: Sequence[Path],
    form: Form,
    encoding: str,
    folder: Path,
    scratch: Path,
) -> ArchivedFile:
    """Write the dataset's table into ``folder``, from a publisher's answers, fetched or archived.

    ``scratch``: a folder for what is only needed meanwhile. Raises SourceWrong naming what is wrong
    with the answers, InputError if the dataset has no parser for their form.
    """
    path = folder / dataset.file
    if not dataset.typed:
        return write_table(table_rows(settings, dataset, inputs, form, encoding), dataset, path)
    if own_parser(settings, dataset) is not None or form not in ("json", "csv"):
        # What a parser yields goes through a CSV, so that the same rules hold for its values.
        rows = scratch / "rows.csv"
        write_table(table_rows(settings, dataset, inputs, form, encoding), dataset, rows)
        under_our_names = dataset.model_copy(
            update={"columns": tuple(c.model_copy(update={"field": None}) for c in dataset.columns)}
        )
        return write_parquet(settings, [rows], "csv", under_our_names, path, scratch)
    return write_parquet(settings, inputs, form, dataset, path, scratch)


def table_rows(
    settings: Settings, dataset: Dataset, inputs: Sequence[Path], form: Form, encoding: str
) -> Iterator[Row]:
    """The table's rows out of ``inputs``, to be given to ``write_table``, which checks them."""
    own = own_parser(settings, dataset)
    if own is not None:
        return _parsed(own, inputs)
    if form == "json":
        return json_rows(inputs, dataset)
    if form == "features":
        return feature_rows(inputs, dataset)
    if form == "csv":
        return csv_rows(inputs, dataset, encoding)
    missing = settings.datasets_dir / dataset.name / "parse.py"
    raise InputError.at(missing, "is missing: the publisher's format needs one")


def beyond(
    own: Path, dataset: Dataset, inputs: Sequence[Path], fields: Iterable[str]
) -> tuple[str, ...]:
    """What a publisher serves that a ``parse.py`` does not read, nor the dataset leaves out.

    ``fields``: of CSV files; of a workbook, whose columns only its parser finds, ``fields(paths)``
    of that gives the titles. ``COLUMNS`` says what it reads, names or patterns as ``POPESTIMATE*``;
    a parser that does not say it judges by itself: nothing is new.
    """
    module = _loaded(own)
    titles: Callable[[Sequence[Path]], Iterable[str]] = getattr(module, "fields", lambda _: ())
    reads: Collection[str] = getattr(module, "COLUMNS", ("*",))
    return beside((*fields, *titles(inputs)), dataset, reads)


def _loaded(own: Path) -> ModuleType:
    spec = spec_from_file_location(f"crimeclaims_parse_{own.parent.name}", own)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks its module up there
    spec.loader.exec_module(module)
    return module


def _parsed(own: Path, inputs: Sequence[Path]) -> Iterator[Row]:
    """``parse(paths)`` of a ``parse.py``: rows of texts under the declared columns."""
    module = _loaded(own)
    try:
        yield from module.parse(inputs)
    except SourceFailed:
        raise
    except Exception as error:  # a publisher's file can break a parser in any way
        said = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        for folder in {path.parent for path in inputs}:
            said = said.replace(f"{folder}/", "")  # it is gone when this is read
        raise SourceWrong("values", f"cannot be read by its parse.py: {said}") from error
