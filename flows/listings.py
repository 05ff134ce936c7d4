"""What ``crimeclaims datasets`` and ``crimeclaims claims`` list: all columns, or those that fit."""

from __future__ import annotations

from collections.abc import Sequence

from checks import verify as engine
from datasets.archive import how_to_get, list_snapshots
from datasets.catalog import load_catalog
from datasets.settings import Settings
from flows.output import Row

Listing = tuple[Sequence[str], list[Row]]

DATASET_COLUMNS = (
    *("dataset", "evidence", "snapshots", "rows", "newest", "publisher", "table", "licence"),
    *("url", "title"),
)
CLAIM_COLUMNS = ("claim", "document", "date", "speaker", "tests", "said")


def datasets(settings: Settings, *, brief: bool) -> Listing:
    """One row a dataset; ``rows`` are those of its newest snapshot.

    A dataset that was not fetched yet has none; people are told how to get it.
    """
    rows: list[Row] = []
    for name, dataset in load_catalog(settings.datasets_dir).items():
        snapshots = list_snapshots(settings, dataset)
        newest = snapshots[-1] if snapshots else None
        how = f" (no snapshot: {how_to_get(dataset)})" if brief and not newest else ""
        rows.append(
            (
                *(name, dataset.evidence, len(snapshots), newest.file.rows if newest else None),
                newest.manifest.vintage if newest else None,
                *(dataset.publisher, dataset.table, dataset.licence, dataset.url),
                dataset.title + how,
            )
        )
    chosen = ("dataset", "evidence", "snapshots", "newest", "title")
    return _only(chosen, DATASET_COLUMNS, rows) if brief else (DATASET_COLUMNS, rows)


def claims(settings: Settings, *, brief: bool) -> Listing:
    """One row a claim, in the order of the documents."""
    rows: list[Row] = []
    for file in engine.claim_files(settings):
        document = file.document
        for claim in file.claims:
            kinds = " ".join(dict.fromkeys(test.kind for test in claim.tests))
            speaker = claim.speaker or document.speaker
            rows.append((claim.id, document.id, document.published, speaker, kinds, claim.said))
    chosen = ("claim", "document", "said")
    return _only(chosen, CLAIM_COLUMNS, rows) if brief else (CLAIM_COLUMNS, rows)


def _only(chosen: Sequence[str], columns: Sequence[str], rows: Sequence[Row]) -> Listing:
    positions = [columns.index(column) for column in chosen]
    return chosen, [[row[i] for i in positions] for row in rows]
