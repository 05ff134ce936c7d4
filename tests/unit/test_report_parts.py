"""What a report is made of, piece by piece: words, strips, claims in their order, files."""

from __future__ import annotations

import doctest
import zipfile
from pathlib import Path

import pytest

from checks.report import format as words
from checks.report import provenance
from checks.report.sources import Warehouse
from checks.report.strip import axes, strip
from checks.report.view import documents, explain
from datasets.errors import CrimeclaimsError, InputError
from flows.report_files import write_pages, zip_folder
from tests import support_report as sample


def test_no_two_pages_are_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write_pages(folder, [("a.html", "one"), ("claims/a.html", "two")])
    with pytest.raises(InputError, match=r"would be one file: b\.html and B\.html"):
        write_pages(folder, [("b.html", "one"), ("B.html", "two")])
    assert sorted(p.name for p in folder.rglob("*.html")) == ["a.html", "a.html"]
    write_pages(folder, [("c.html", "new")])
    assert [path.name for path in folder.iterdir()] == ["c.html"]


def test_a_zip_of_a_report_has_all_of_it_and_always_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    write_pages(folder, [("a.html", "one"), ("claims/a.html", "two")])
    for name in ("1.zip", "2.zip"):
        zip_folder(folder, tmp_path / name)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert archive.namelist() == ["report/a.html", "report/claims/a.html"]
        assert archive.read("report/claims/a.html") == b"two"


def test_a_caveat_without_words_is_an_error() -> None:
    with pytest.raises(InputError, match=r'"knife_edgy" \(did you mean "knife_edge"'):
        explain(["knife_edgy"])


def test_words_of_another_claim_are_refused() -> None:
    files = sample.claim_files([sample.verdict("a1", "what was said")])
    with pytest.raises(CrimeclaimsError, match="other words"):
        documents([sample.verdict("a1", "what was not said")], files)
    with pytest.raises(CrimeclaimsError, match="without a claim: a2"):
        documents([sample.verdict("a2", "what was said")], files)


def test_claims_keep_the_order_of_their_document_and_others_are_left_out() -> None:
    verdicts = sample.verdicts()
    (view,) = documents(list(reversed(verdicts[1:])), sample.claim_files(verdicts))
    assert [claim.verdict.claim for claim in view.claims] == ["a7", "b8", "b9", "z1"]


def test_strips_agree_with_outcomes() -> None:
    for verdict in sample.verdicts():
        readings = [r for r in verdict.readings if r.stated]
        scales = axes(readings)
        for reading in readings:
            drawn = strip(reading, scales)
            if reading.outcome == "missing":
                assert drawn is None
            elif drawn is not None:
                inside = drawn.band[0] <= drawn.dot <= drawn.band[1]
                assert inside == (reading.outcome == "holds")
                assert 0 < drawn.dot < 100


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_not_a_number_is_not_drawn(value: float | None) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768)
    reading = sample.reading((figure,), value=value, low=1.0)
    assert axes([reading]) == ()
    assert strip(reading, axes([reading])) is None
    assert words.number(value, "count") == "no figure"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (777, "count", "777"),
        (1246.5, "count", "1,246.5"),
        (28.75, "percent", "28.8%"),
        (10.85, "percent", "10.9%"),
        (-0.04, "percent", "0.0%"),
        (5.35, "per_100k", "5.4 per 100,000"),
        (0.296, "per_100k_not_annualised", "0.296 per 100,000 (not annualised)"),
        (0.3516, "ratio", "0.352 times"),
        (9.142857, "ratio", "9.14 times"),
        (481347, "usd", "$481,347"),
        (-1500, "usd", "−$1,500"),
        (2015, "year", "2015"),
        (6, "rank from lowest", "rank 6"),
        (8.333, "percent of dates", "8.3% of dates"),
        (-2.25, "percentage points a year", "−2.3 percentage points a year"),
        (3 / 58, "p-value", "p = 0.0517"),
        (0, "count", "0"),
    ],
)
def test_numbers_read_well(value: float, unit: str, shown: str) -> None:
    assert words.number(value, unit) == shown


def test_examples_in_the_documentation_of_formats_are_true() -> None:
    for module in (words, provenance):
        done = doctest.testmod(module)
        assert done.attempted > 0
        assert done.failed == 0


def test_keys_with_quotes_are_only_looked_up(tmp_path: Path) -> None:
    figure = sample.figure("fbi", "murder", "ucr", "chicago-pd", 2016, 768.0)
    key = "x'); DROP TABLE core.observation; --\\'\u2019"
    figure = figure.model_copy(update={"observation_keys": (*figure.observation_keys, key)})
    verdict = sample.verdict("a1", "a claim", readings=(sample.reading((figure,)),))
    with sample.warehouse(tmp_path) as con:
        found = Warehouse(con, [verdict])
        assert con.execute("SELECT count(*) FROM core.observation").fetchone() != (0,)
    assert [origin.source_row for origin in found.origins_of(figure)] == [55]
