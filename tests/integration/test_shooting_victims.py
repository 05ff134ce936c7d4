"""Chicago's table of victims: fetched by a key of text, and counted by year."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.fetch import Fetched
from datasets.settings import DATASETS_DIR, Settings
from datasets.warehouse import writer
from tests.emulators.server import serving
from tests.faults.conftest import fill
from tests.support_live import VICTIMS as ROWS
from tests.support_live import get, victims_portal
from tests.support_snapshots import make_settings

VICTIMS, PORTAL = "chicago_shooting_victims", "chicago_homicides"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    made = make_settings(tmp_path, [PORTAL], {PORTAL: ("2018-03-04",)})
    (made.datasets_dir / VICTIMS).mkdir()
    target = shutil.copy(DATASETS_DIR / VICTIMS / "dataset.yml", made.datasets_dir / VICTIMS)
    path = Path(target)
    path.write_text(path.read_text(encoding="utf-8").replace("page_rows: 20000", "page_rows: 3"))
    with serving(victims_portal()) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        yield made


def test_it_is_read_whole_by_its_key_of_text_and_without_who_they_were(settings: Settings) -> None:
    found = get(settings, VICTIMS)
    assert isinstance(found, Fetched)
    assert (found.snapshot.file.rows, found.new_fields) == (len(ROWS), ())
    assert found.snapshot.manifest.covers_end is not None
    assert found.snapshot.manifest.covers_end.isoformat() == "2026-11-16"
    text = found.snapshot.path.read_text(encoding="utf-8")
    assert "HOM-O'K" in text
    for path in found.snapshot.folder.rglob("*.*"):
        content = path.read_text(encoding="utf-8")
        assert "DOE" not in content
        assert "20-29" not in content


def test_years_of_murders_and_of_people_shot(settings: Settings) -> None:
    """Shootings are listed from 2010 on: before, the dead alone would pass for all of them."""
    get(settings, VICTIMS)
    with writer(settings, Path(":memory:")) as con:
        fill(con, settings)
        rows = con.execute(
            "SELECT measure, year(period_start), value, status FROM core.observation "
            f"WHERE dataset = '{VICTIMS}' AND (value > 0 OR status = 'partial') ORDER BY ALL"
        ).fetchall()
        ours = con.execute(
            "SELECT DISTINCT definition FROM core.observation WHERE dataset = $d", {"d": PORTAL}
        ).fetchall()
    assert rows == [
        ("fatal_shooting_victims", 1991, 1.0, "final"),
        ("fatal_shooting_victims", 2009, 1.0, "final"),
        ("fatal_shooting_victims", 2016, 1.0, "final"),
        ("fatal_shooting_victims", 2026, 0.0, "partial"),
        ("murder", 1991, 2.0, "final"),
        ("murder", 2009, 1.0, "final"),
        ("murder", 2016, 2.0, "final"),
        ("murder", 2026, 0.0, "partial"),
        ("shooting_victims", 2016, 3.0, "final"),
        ("shooting_victims", 2026, 1.0, "partial"),
    ]
    assert ("victims_table",) not in ours
