"""Files of third parties whose tables are bundled: what is fetched by name is what ships."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from datasets.archive import list_snapshots
from datasets.catalog import load_catalog
from datasets.errors import SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import DATASETS_DIR, Settings
from flows import fetching
from tests.emulators.files import FileHost
from tests.emulators.server import serving
from tests.support_live import FAST, UPDATED, get

AGENCIES, CLEARANCES = "ucr_large_agencies", "chicago_homicide_clearances"
PATHS = {
    AGENCIES: "data/ucr_crime_1975_2015.csv",
    CLEARANCES: "input/18731-P744333_Homicide_status_2010-YTD.xlsx",
}
REAL = {
    AGENCIES: "marshall/ucr_crime_1975_2015.csv",
    CLEARANCES: "cbs_chicago/18731-P744333_Homicide_status_2010-YTD.xlsx",
}
Rows = list[dict[str, str]]


def bundled(name: str) -> Rows:
    snapshot = list_snapshots(Settings(var=Path("unused")), load_catalog(DATASETS_DIR)[name])[-1]
    with snapshot.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def compilation(rows: Rows) -> bytes:
    """As The Marshall Project wrote it: by year, its own columns, rows of others between them."""
    names = {
        "ORI": "ori", "year": "year", "department_name": "department", "total_pop": "population",
        "homs_sum": "murder", "rape_sum": "rape", "rob_sum": "robbery",
        "agg_ass_sum": "agg_assault", "violent_crime": "violent_crime",
        "months_reported": "months_reported",
    }  # fmt: skip
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL)
    out.writerow([*names, "violent_per_100k", "source", "url"])
    for row in sorted(rows, key=lambda row: (row["year"], row["department"])):
        cells = {**row, "ori": row["ori"].removesuffix("00")}
        out.writerow([*(cells[ours] or "NA" for ours in names.values()), "1.5", "NA", "NA"])
    other = ["ILCPD00", "1990", "Chicago", *["1"] * 7, "1.5", "Chicago Police", "https://x.org"]
    out.writerow(other)
    out.writerow(["NA", "1990", "National", *["1"] * 7, "1.5", "NA", "NA"])
    return text.getvalue().encode()


def workbook(rows: Rows) -> bytes:
    """The release, in another order, with columns that are not kept."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data Set I"
    titles = {
        "RD#": "rd_number", "Homicide #": "homicide_number", "Injury Date": "injury_at",
        "Death Date": "death_at", "CompStat Date": "compstat_at", "Cleared I": "cleared",
        "Cleared Exceptionally By": "cleared_exceptionally_by", "Date Cleared": "cleared_on",
    }  # fmt: skip
    sheet.append([*titles, "Address (Block Level)"])
    random.Random(1).shuffle(rows)
    for row in rows:
        cells = [_cell(ours, row[ours]) for ours in titles.values()]
        sheet.append([*cells, "12XX W 63RD ST"])
    text = io.BytesIO()
    book.save(text)
    return text.getvalue()


def _cell(column: str, value: str) -> object:
    if column == "cleared":
        return {"true": "Y", "false": "N"}[value]
    if value and column.endswith(("_at", "_on")):
        return dt.datetime.fromisoformat(value)
    return value or None


MADE: dict[str, Callable[[Rows], bytes]] = {AGENCIES: compilation, CLEARANCES: workbook}


@pytest.fixture(params=[AGENCIES, CLEARANCES])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def served(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Fetched | Unchanged:
    with serving(FileHost({PATHS[name]: (content, UPDATED)})) as server:
        monkeypatch.setenv(f"CRIMECLAIMS_BASE_URL_{name.upper()}", server.url)
        return get(Settings(var=tmp_path / "var"), name)


def test_the_publishers_file_is_the_bundled_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is archived: the table that was read from it ships with the project."""
    found = served(name, MADE[name](bundled(name)), tmp_path, monkeypatch)
    newest = list_snapshots(Settings(var=tmp_path / "var"), load_catalog(DATASETS_DIR)[name])[-1]
    assert found == Unchanged(str(newest.manifest.vintage), downloaded=True)


@pytest.mark.skipif(
    not os.environ.get("CRIMECLAIMS_REFERENCE_DATA"),
    reason="CRIMECLAIMS_REFERENCE_DATA does not name a folder with the publishers' files",
)
def test_the_real_file_is_the_bundled_table(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (Path(os.environ["CRIMECLAIMS_REFERENCE_DATA"]) / REAL[name]).read_bytes()
    found = served(name, content, tmp_path, monkeypatch)
    assert isinstance(found, Unchanged)
    assert (found.downloaded, found.new_fields) == (True, ())


def test_a_corrected_compilation_is_a_vintage_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = bundled(AGENCIES)
    rows[5]["murder"] = "17"
    found = served(AGENCIES, compilation(rows), tmp_path, monkeypatch)
    assert isinstance(found, Fetched)
    with found.snapshot.path.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == rows
    assert found.snapshot.manifest.vintage.year == 2026


@pytest.mark.parametrize("moved", [False, True], ids=["same figures", "other figures"])
def test_a_new_column_that_its_parser_does_not_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    rows = bundled(AGENCIES)
    if moved:
        rows[5]["murder"] = "17"
    lines = compilation(rows).decode().splitlines()
    text = "\n".join([f'{lines[0]},"solved"', *(f'{line},"1"' for line in lines[1:])])
    with serving(FileHost({PATHS[AGENCIES]: (text.encode(), UPDATED)})) as server:
        monkeypatch.setenv(f"CRIMECLAIMS_BASE_URL_{AGENCIES.upper()}", server.url)
        settings = Settings(var=tmp_path / "var", network=FAST)
        [result] = fetching.fetch_all(settings, fetching.chosen(settings, [AGENCIES]))
    assert result.outcome == ("fetched" if moved else "unchanged")
    assert result.said.endswith("; new fields, not used: solved")


def test_a_new_column_of_a_workbook_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = load_workbook(io.BytesIO(workbook(bundled(CLEARANCES))))
    for line, value in enumerate(("Motive", "Robbery"), start=1):
        book["Data Set I"].cell(line, 12, value)
    content = io.BytesIO()
    book.save(content)
    found = served(CLEARANCES, content.getvalue(), tmp_path, monkeypatch)
    assert isinstance(found, Unchanged)
    assert (found.downloaded, found.new_fields) == (True, ("Motive",))


def test_a_page_instead_of_the_file_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceWrong, match="a page in HTML"):
        served(name, b"<!DOCTYPE html><html>rate limited</html>", tmp_path, monkeypatch)


def test_they_are_asked_for_by_name_only(name: str) -> None:
    settings = Settings(var=Path("unused"))
    assert name not in {dataset.name for dataset in fetching.chosen(settings)}
    assert [dataset.name for dataset in fetching.chosen(settings, [name])] == [name]
