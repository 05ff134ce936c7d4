"""All files beside the pages: there, of this run, and with the feed of the run before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from checks.report.exports.feed import entries
from checks.report.sources import Source, Warehouse
from checks.run_changes import Changes
from datasets.settings import Publication, Settings
from flows.exporting import export
from flows.verdicts import verdicts_json
from tests import support_report as sample
from tests.support_atom import problems

Exporter = Callable[[str, Changes], Path]


@pytest.fixture
def exporter(tmp_path: Path) -> Exporter:
    """Writes the exports of a run of that name; gives the folder of its report."""
    publication = Publication("https://example.org/", "The Desk")
    settings = Settings(var=tmp_path / "var", publication=publication)
    with sample.warehouse(tmp_path) as con:
        sources: tuple[Source, ...] = Warehouse(con, sample.verdicts()).sources

    def write(run: str, changes: Changes) -> Path:
        folder = settings.runs_dir / run
        folder.mkdir(parents=True)
        (folder / "verdicts.json").write_text(verdicts_json(sample.verdicts()), encoding="utf-8")
        info = replace(sample.RUN, run_id=run)
        export(settings, folder / "report", sample.verdicts(), sources, info, changes)
        return folder / "report"

    return write


def test_a_report_that_is_mailed_has_everything(exporter: Exporter) -> None:
    report = exporter("run-1", Changes(None, None))
    names = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    assert names == {
        *("feed.atom", "CITATION.cff", "data/verdicts.json", "data/verdicts.schema.json"),
        *("data/verdicts.csv", "data/readings.csv", "data/readings.parquet"),
        "data/csv-metadata.json",
    }
    data = report / "data"
    jsonschema.validate(
        json.loads((data / "verdicts.json").read_text(encoding="utf-8")),
        json.loads((data / "verdicts.schema.json").read_text(encoding="utf-8")),
    )
    citation = yaml.safe_load((report / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["url"]) == ("run-1", "https://example.org/")
    assert problems((report / "feed.atom").read_text(encoding="utf-8")) == []


def test_the_feed_goes_on_from_the_run_before(exporter: Exporter) -> None:
    first = exporter("run-1", replace(sample.changes(), previous=None))
    again = exporter("run-2", replace(sample.changes(), previous="run-1"))
    feeds = [entries((at / "feed.atom").read_text(encoding="utf-8")) for at in (first, again)]
    assert [entry.path for entry in feeds[0]] == ["claims/a1.html", "claims/z1.html"]
    assert len(feeds[1]) == 4
    assert set(feeds[0]) < set(feeds[1])


@pytest.mark.parametrize("damage", [b"<feed", b"\xff\xfe", b"<rss/>"])
def test_a_damaged_feed_is_left_behind_and_said(
    exporter: Exporter, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    first = exporter("run-1", replace(sample.changes(), previous=None))
    (first / "feed.atom").write_bytes(damage)
    second = exporter("run-2", replace(sample.changes(), previous="run-1"))
    assert len(entries((second / "feed.atom").read_text(encoding="utf-8"))) == 2
    assert "the feed begins anew" in caplog.text
    # A run that has no report, or is gone, is nothing to complain about.
    caplog.clear()
    exporter("run-3", replace(sample.changes(), previous="gone"))
    assert caplog.text == ""
