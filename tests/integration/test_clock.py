"""A clock that goes back: runs keep their order, ages are not negative, nothing is fetched."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.ages import ages
from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.settings import Settings
from flows import doctor_machine, retention, runs, steps
from tests.emulators.files import FileHost
from tests.emulators.server import serving
from tests.support_live import NOW, UPDATED, declare, files_below, get

DAY = dt.timedelta(days=1)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Sets the clock that runs and doctor go by."""

    def to(now: dt.datetime) -> None:
        class At(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
                return now.astimezone(tz)

        clock = SimpleNamespace(datetime=At, date=dt.date, timedelta=dt.timedelta, UTC=dt.UTC)
        for module in (runs, steps, doctor_machine):
            monkeypatch.setattr(module, "dt", clock)

    return to


def ended(settings: Settings, outcome: runs.Outcome = "published") -> runs.Run:
    run = runs.begin(settings, "bundled", None)
    runs.end(settings, run, outcome)
    return run


def test_a_run_after_the_clock_went_back_is_the_newest_and_says_so(
    tmp_path: Path,
    set_clock: Callable[[dt.datetime], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(var=tmp_path)
    set_clock(NOW)
    before = ended(settings)
    assert "by this machine's clock" not in caplog.text
    set_clock(NOW - 400 * DAY)
    with caplog.at_level(logging.WARNING):
        after, last = ended(settings), ended(settings)
    assert [run.run for run in runs.all_runs(settings)] == [last.run, after.run, before.run]
    assert runs.last_run(settings) == last
    assert after.run.startswith(f"{NOW + dt.timedelta(seconds=1):%Y%m%dT%H%M%SZ}-")
    # What the clock said is recorded as it was.
    assert after.started == (NOW - 400 * DAY).isoformat(timespec="seconds")
    warned = [each.message for each in caplog.records if each.levelno == logging.WARNING]
    assert f"but run {before.run} is of later" in warned[0]
    assert f"this run is named {after.run}" in warned[0]
    # The oldest goes, not the one whose clock said the earliest.
    old = retention.old_runs(settings, 1)
    assert [each.name for each in old] == [before.run, after.run]
    [finding] = [each for each in doctor_machine.clock(settings) if "but run" in each.found]
    assert finding.state == "problem"
    assert f"run {before.run} began {before.started}" in finding.found


def test_a_clock_that_goes_back_within_a_run_gives_no_negative_duration(
    tmp_path: Path, set_clock: Callable[[dt.datetime], None]
) -> None:
    settings = Settings(var=tmp_path)
    set_clock(NOW)
    run = runs.begin(settings, "bundled", None)
    set_clock(NOW - DAY)
    runs.end(settings, run, "published")
    said = json.loads((runs.folder(settings, run) / "metrics.json").read_text())
    assert said["duration_seconds"] is None
    text = (runs.folder(settings, run) / "metrics.prom").read_text()
    assert re.search(r"duration_seconds\S* -", text) is None


@given(st.lists(st.integers(-100_000_000, 100_000_000), min_size=1, max_size=20))
def test_ids_sort_in_the_order_in_which_they_were_given_whatever_the_clock(
    seconds: list[int],
) -> None:
    given_ids: list[str] = []
    for each in seconds:
        now = NOW + dt.timedelta(seconds=each)
        given_ids.append(runs._new_id(now, given_ids[-1] if given_ids else ""))
    assert given_ids == sorted(given_ids)


@pytest.mark.parametrize("other", ["notes", "99999999T999999Z-x", "99991231T235959Z-ffffff"])
def test_a_folder_that_no_run_made_does_not_stop_one(
    tmp_path: Path, other: str, set_clock: Callable[[dt.datetime], None]
) -> None:
    settings = Settings(var=tmp_path)
    (settings.runs_dir / other).mkdir(parents=True)
    set_clock(NOW)
    assert ended(settings).run.startswith(f"{NOW:%Y%m%dT%H%M%SZ}-")


def test_nothing_is_fetched_by_a_clock_that_is_behind_the_archive(
    tmp_path: Path,
    set_clock: Callable[[dt.datetime], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(var=tmp_path / "var", datasets_dir=tmp_path / "datasets")
    file = {"path": "table.csv", "kind": "csv"}
    source = {"protocol": "file", "base_url": "https://nowhere.invalid", "files": [file]}
    declare(settings.datasets_dir, "made_up", source=source | {"max_age_days": 1})
    table = b"id,day,label,size,good\n1,2020-01-01,a,1,true\n"
    with serving(FileHost({"table.csv": (table, UPDATED)})) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_FILE", server.url)
        get(settings, "made_up")
        # A minute is no reason: machines that share an archive differ by as much.
        get(settings, "made_up", now=NOW - dt.timedelta(seconds=30))
        before = files_below(settings.archive_dir)
        with pytest.raises(InputError, match=r"made_up: it is .* nothing is fetched") as caught:
            get(settings, "made_up", now=NOW - 3 * DAY)
    assert str(caught.value.next_step).startswith("set the clock")
    assert files_below(settings.archive_dir) == before
    catalog = load_catalog(settings.datasets_dir)
    [age] = ages(settings, catalog, (NOW - 3 * DAY).date())
    assert (age.days, age.stale) == (0, False)
    set_clock(NOW - 3 * DAY)
    steps.check_ages(settings)
    assert "made_up was last checked on" in caplog.text
    load_catalog.cache_clear()
