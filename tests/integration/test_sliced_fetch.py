"""All of Chicago's crimes, fetched in slices of a year: interrupted, resumed, and never mixed."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datasets.archive import verify_bytes, verify_parts
from datasets.build import plan_build
from datasets.catalog import load_catalog
from datasets.errors import InputError, SourceFailed, SourceWrong
from datasets.fetch import Fetched, Unchanged
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import writer
from flows import fetching
from tests.conftest import Cli
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.faults.conftest import fill
from tests.support_live import CRIME_FIELDS, UPDATED, get, in_memory
from tests.support_parquet import read_typed

CRIMES = "chicago_crimes"
DAY = 86_400


def crime(number: int, day: str, code: str = "06", **more: Any) -> dict[str, Any]:
    iucr = {"01A": "0110", "06": "0820"}[code]
    return {
        "id": number, "case_number": f"HX{number}", "date": f"{day}T12:00:00.000", "iucr": iucr,
        "primary_type": "X", "fbi_code": code, "arrest": False, "domestic": False,
        "district": "001", "community_area": None, "year": int(day[:4]),
        "updated_on": "2026-11-10T15:00:00.000", "block": None,
    } | more  # fmt: skip


def table() -> list[dict[str, Any]]:
    """A theft in each month since 2001, two murders; ids have nothing to do with the days."""
    days = [f"{year}-{month:02}-05" for year in range(2001, 2027) for month in range(1, 13)]
    numbers = random.Random(7).sample(range(1, 10_000_000), len(days))
    rows = [crime(n, day) for n, day in zip(numbers, days, strict=True) if day < "2026-11-06"]
    return [*rows, crime(20_000_000, "2003-03-03", "01A"), crime(20_000_001, "2003-03-04", "01A")]


@dataclass
class City:
    settings: Settings
    portal: Portal
    server: Loopback

    def fetch(self, **more: Any) -> Fetched | Unchanged:
        return get(self.settings, CRIMES, **more)

    def pages(self) -> list[int]:
        """The years of which pages were asked for, since the last look."""
        asked = [r.params["$where"] for r in self.server.requests if "$order" in r.params]
        self.server.requests.clear()
        return sorted({int(where.split("year = ")[1][:4]) for where in asked})

    def interrupt(self, year: int) -> None:
        """Fetch while the portal refuses the second page of a year."""

        def refuse(request: Request, reply: Reply) -> Reply:
            where = request.params.get("$where", "")
            return Reply(403) if f"year = {year}" in where and "id >" in where else reply

        self.server.fault = refuse
        with pytest.raises(SourceFailed):
            self.fetch()
        self.server.fault = None
        assert not list((self.settings.archive_dir).glob(f"{CRIMES}/*"))

    def kept(self) -> list[Path]:
        return sorted((self.settings.archive_dir / ".partial").rglob("*.gz"))


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    fields = CRIME_FIELDS | {"district": "text", "community_area": "text"}
    app = Portal("ijzp-q8t2", fields, table(), UPDATED)
    with in_memory(tmp_path) as home, serving(app) as server:
        settings = Settings(var=home / "var", datasets_dir=home / "datasets")
        folder = settings.datasets_dir / CRIMES
        folder.mkdir(parents=True)
        text = (DATASETS_DIR / CRIMES / "dataset.yml").read_text(encoding="utf-8")
        (folder / "dataset.yml").write_text(text.replace("page_rows: 50000", "page_rows: 5"))
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        assert isinstance(server.app, Portal)
        yield City(settings, server.app, server)


def fetched(found: Fetched | Unchanged) -> Fetched:
    assert isinstance(found, Fetched)
    return found


def test_the_whole_table_is_archived_typed_with_the_answers_it_was_made_from(city: City) -> None:
    snapshot = fetched(city.fetch()).snapshot
    verify_bytes(snapshot)
    verify_parts(snapshot)
    assert snapshot.file.name == "crimes.parquet"
    ids = [int(row["id"]) for row in read_typed(snapshot.path)]
    assert ids == sorted(row["id"] for row in city.portal.rows)
    assert city.pages() == list(range(2001, 2027))
    assert city.kept() == []
    page = snapshot.folder / "parts" / "2003-page-00001.json.gz"
    page.write_bytes(gzip.compress(gzip.decompress(page.read_bytes()).replace(b"06", b"07", 1)))
    with pytest.raises(InputError, match=r"2003-page-00001\.json\.gz: has sha256"):
        verify_parts(snapshot)


def test_an_interrupted_fetch_goes_on_where_it_was(city: City) -> None:
    city.interrupt(2003)
    city.pages()
    resumed = fetched(city.fetch()).snapshot
    assert city.pages() == list(range(2003, 2027))
    verify_parts(resumed)
    assert city.kept() == []
    shutil.rmtree(city.settings.archive_dir)
    assert fetched(city.fetch()).snapshot.file == resumed.file


def test_a_damaged_slice_is_read_again(city: City) -> None:
    city.interrupt(2004)
    part = city.kept()[0]
    assert part.name.startswith("2001-")
    part.write_bytes(part.read_bytes()[:-9])
    city.pages()
    verify_parts(fetched(city.fetch()).snapshot)
    assert city.pages() == [2001, *range(2004, 2027)]


def test_a_slice_that_the_portal_counts_otherwise_is_read_again(city: City) -> None:
    city.interrupt(2004)
    city.portal.rows.append(crime(30_000_000, "2002-02-02"))
    city.pages()
    assert fetched(city.fetch()).snapshot.file.rows == len(city.portal.rows)
    assert city.pages() == [2002, *range(2004, 2027)]


def test_slices_of_an_earlier_state_are_not_mixed_in(city: City) -> None:
    """History is revised: a year read yesterday may be another one today."""
    city.interrupt(2004)
    city.portal.rows[0]["arrest"] = True
    city.portal.updated += DAY
    city.pages()
    snapshot = fetched(city.fetch()).snapshot
    assert city.pages() == list(range(2001, 2027))
    arrests = {row["id"] for row in read_typed(snapshot.path) if row["arrest"] == "true"}
    assert arrests == {str(city.portal.rows[0]["id"])}


def test_a_row_in_no_slice_is_not_lost_silently(city: City) -> None:
    city.portal.rows.append(crime(30_000_000, "1999-02-02"))
    with pytest.raises(SourceWrong, match=r"of them with year 2001 to 2026"):
        city.fetch()


def test_a_row_that_is_added_while_its_slice_is_read_is_in_it(city: City) -> None:
    def add(request: Request, reply: Reply) -> Reply:
        where = request.params.get("$where", "")
        if "year = 2003" in where and "id >" in where:
            city.server.fault = None
            city.portal.rows.append(crime(5, "2003-02-02"))
        return reply

    city.server.fault = add
    snapshot = fetched(city.fetch()).snapshot
    assert snapshot.file.rows == len(city.portal.rows)
    assert "5" in {row["id"] for row in read_typed(snapshot.path)}


def test_an_unchanged_table_is_one_request(city: City) -> None:
    city.fetch()
    city.server.requests.clear()
    assert isinstance(city.fetch(), Unchanged)
    assert len(city.server.requests) == 1


def test_a_value_that_cannot_stand_makes_no_snapshot(city: City) -> None:
    city.portal.rows[3]["fbi_code"] = None
    with pytest.raises(SourceWrong, match="fbi_code is missing"):
        city.fetch()
    assert not list(city.settings.archive_dir.glob(f"{CRIMES}/*"))


def test_months_and_years_of_what_was_fetched(city: City) -> None:
    """Covered to 5 November 2026: that month is partial, and there is no 2026."""
    city.fetch()
    with writer(city.settings, Path(":memory:")) as con:
        fill(con, city.settings)
        found = con.execute(
            "SELECT period_start::VARCHAR, period_end::VARCHAR, value, status "
            "FROM core.observation WHERE measure = $m ORDER BY ALL",
            {"m": "larceny"},
        ).fetchall()
        murders = con.execute(
            "SELECT period_start::VARCHAR, period_end::VARCHAR, value "
            "FROM core.observation WHERE measure = 'murder' AND value > 0 ORDER BY ALL"
        ).fetchall()
        daily = con.execute(
            "SELECT definition, max(cumulative) FROM mart.daily WHERE measure = 'murder' GROUP BY 1"
        ).fetchall()
    years = [row for row in found if row[0][5:] == "01-01" and row[1][5:] == "12-31"]
    months = [row for row in found if row not in years]
    assert years == [(f"{y}-01-01", f"{y}-12-31", 12.0, "final") for y in range(2001, 2026)]
    assert len(months) == 25 * 12 + 11
    assert {row[3] for row in months[:-1]} == {"final"}
    assert months[-1] == ("2026-11-01", "2026-11-30", 1.0, "partial")
    assert murders == [("2003-01-01", "2003-12-31", 2.0), ("2003-03-01", "2003-03-31", 2.0)]
    assert daily == [("portal_index", 2)]
    assert plan_build(city.settings, []).snapshot_ids


def test_it_is_fetched_only_where_it_is_asked_for_in_full(city: City) -> None:
    with pytest.raises(InputError, match=r"fetched only with --full: 8\.6 million rows") as refused:
        fetching.chosen(city.settings, [CRIMES])
    assert refused.value.next_step == f"crimeclaims fetch {CRIMES} --full"
    assert fetching.chosen(city.settings) == []
    every = [dataset.name for dataset in fetching.chosen(city.settings, full=True)]
    assert every == [
        dataset.name for dataset in fetching.chosen(city.settings, [CRIMES], full=True)
    ]
    assert every == [CRIMES] == list(load_catalog(city.settings.datasets_dir))


def test_the_command_fetches_it_with_full_and_only_then(cli: Cli, city: City) -> None:
    """Named without --full it is refused, unnamed it is passed over; interrupted, it goes on."""
    env = {
        "CRIMECLAIMS_BASE_URL_SOCRATA": city.server.url,
        "CRIMECLAIMS_HTTP_PAUSE_SECONDS": "0",
    }
    refused = cli(city.settings, "fetch", CRIMES, env=env)
    assert refused.returncode == 2
    assert f"{CRIMES} is fetched only with --full: 8.6 million rows" in refused.stderr
    assert f"next: crimeclaims fetch {CRIMES} --full" in refused.stderr
    assert cli(city.settings, "fetch", env=env).returncode == 0
    assert city.server.requests == []

    def refuse(request: Request, reply: Reply) -> Reply:
        return Reply(403) if "year = 2003" in request.params.get("$where", "") else reply

    city.server.fault = refuse
    broken = cli(city.settings, "fetch", "--full", env=env)
    assert broken.returncode == 3
    assert "1 of 1 sources failed" in broken.stderr
    city.server.fault = None
    full = cli(city.settings, "fetch", "--full", "--format", "json", env=env)
    assert full.returncode == 0, full.stderr
    [result] = json.loads(full.stdout)
    assert (result["dataset"], result["outcome"]) == (CRIMES, "fetched")
    assert (result["rows"], result["vintage"]) == (len(city.portal.rows), "2026-11-18")
    assert f"{CRIMES}: 2002 is there from before" in full.stderr
    assert f"{CRIMES}: 2003 is there" not in full.stderr
    again = cli(city.settings, "fetch", CRIMES, "--full", env=env)
    assert f"{CRIMES}: unchanged: unchanged since 2026-11-18" in again.stderr
