"""The tables' description, by the W3C's "CSV on the Web": a reader needs no other manual.

https://www.w3.org/TR/tabular-metadata/. One file describes both tables, as only tables of one group
can refer to each other; it has the name under which a reader looks for it beside a CSV file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from checks.columns import READINGS, VERDICTS, Column
from checks.report.format import web_address
from checks.report.sources import Source
from datasets.settings import Publication

if TYPE_CHECKING:
    from checks.report import RunInfo

LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
RIGHTS = (
    "Verdicts, readings and sentences: Apache-2.0. The figures in them are under the terms of "
    "their publishers, which are named under dc:source."
)
FORMULAS = (
    "Text that begins with an apostrophe has it so that no spreadsheet takes what follows for a "
    "formula: take it off. Numbers have none."
)


def about(run: RunInfo, sources: Sequence[Source], publication: Publication) -> dict[str, Any]:
    """Where the tables come from: the run, its build, and the snapshots that verdicts used."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    asked = run.as_of.isoformat() if run.as_of else "everything in the build"
    value = {
        "dc:title": f"Verdicts and readings of run {run.run_id}",
        "dc:identifier": run.run_id,
        "dc:created": {"@value": run.started.isoformat(), "@type": "xsd:dateTime"},
        "dc:publisher": publication.publisher,
        "dc:license": {"@id": LICENCE},
        "dc:rights": RIGHTS,
        "dc:provenance": f"Made by {versions} from build {run.build}, as of {asked}.",
        "dc:source": [_snapshot(source, n) for source in sources for n in range(len(source.used))],
    }
    return {key: said for key, said in value.items() if said}


def _snapshot(source: Source, n: int) -> dict[str, Any]:
    snapshot = source.used[n]
    licence = web_address(source.licence_url)
    value = {
        "@id": web_address(snapshot.source_url),
        "dc:identifier": snapshot.snapshot_id,
        "dc:title": source.title,
        "dc:publisher": source.publisher,
        "dc:license": {"@id": licence} if licence else None,
        "dc:rights": source.licence,
        "dc:issued": {"@value": snapshot.published.isoformat(), "@type": "xsd:date"},
        "schema:sha256": snapshot.sha256,
    }
    return {key: said for key, said in value.items() if said}


def metadata(about_them: dict[str, Any]) -> dict[str, Any]:
    """The description of both tables. ``about_them``: what ``about`` made."""
    to_verdicts = {
        "columnReference": "claim",
        "reference": {"resource": "verdicts.csv", "columnReference": "claim"},
    }
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        **about_them,
        "dialect": {"commentPrefix": None},
        "tables": [
            _table("verdicts.csv", "One row a claim.", VERDICTS, ["claim"], []),
            _table(
                "readings.csv",
                "One row a reading: a meaning that the words of a claim allow (stated), or a "
                "rewording near it. The same rows with types, and text as it is, are in "
                "readings.parquet; with the figures of each reading, in verdicts.json.",
                READINGS,
                ["claim", "reading"],
                [to_verdicts],
            ),
        ],
    }


def _table(
    url: str,
    description: str,
    columns: Sequence[Column],
    key: list[str],
    foreign: list[dict[str, Any]],
) -> dict[str, Any]:
    schema: dict[str, Any] = {"columns": [_column(column) for column in columns]}
    schema["primaryKey"] = key
    if foreign:
        schema["foreignKeys"] = foreign
    return {"url": url, "dc:description": f"{description} {FORMULAS}", "tableSchema": schema}


def _column(column: Column) -> dict[str, Any]:
    datatype: Any = column.datatype
    if column.words:
        datatype = {"base": "string", "format": "|".join(map(re.escape, column.words))}
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": datatype,
        "null": "",
        "required": column.required,
        **({"schema:unitText": column.unit} if column.unit else {}),
    }
