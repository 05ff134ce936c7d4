"""A dataset read year by year, in one process: what is kept, what failed, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from datasets import shared, slicing
from datasets.catalog import Dataset, load_catalog
from datasets.errors import InputError, SourceWrong
from datasets.fetch import Fetched
from datasets.session import open_session
from datasets.settings import Settings
from tests.emulators.server import Loopback, Reply, Request, serving
from tests.emulators.socrata import Portal
from tests.support_live import FAST, NOW, UPDATED, get, in_memory
from tests.support_slices import CRIMES, city_portal, declare_slices


@dataclass
class City:
    settings: Settings
    portal: Portal
    server: Loopback

    def plan(self) -> slicing.Plan:
        with open_session(FAST) as session:
            return slicing.plan(self.settings, self.dataset, session, NOW)

    def read(self, home: str, year: int) -> int:
        with open_session(FAST) as session:
            return slicing.read(self.settings, self.dataset, session, home, year, NOW)

    @property
    def dataset(self) -> Dataset:
        return load_catalog(self.settings.datasets_dir)[CRIMES]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    app = city_portal(range(2023, 2027), 12, UPDATED)
    with in_memory(tmp_path) as home, serving(app) as server:
        settings = Settings(var=home / "var", datasets_dir=home / "datasets", network=FAST)
        declare_slices(settings.datasets_dir, 2023, 5)
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_SOCRATA", server.url)
        assert isinstance(server.app, Portal)
        yield City(settings, server.app, server)


def test_years_that_were_read_apart_are_a_fetch_of_which_nothing_is_read_again(city: City) -> None:
    plan = city.plan()
    assert plan.years == (2023, 2024, 2025, 2026)
    assert [city.read(plan.home, year) for year in reversed(plan.years)] == [12] * 4
    assert slicing.there(city.settings, plan.home) == list(plan.years)
    slicing.gather(city.settings, city.dataset, plan)
    city.server.requests.clear()
    found = get(city.settings, CRIMES)
    assert isinstance(found, Fetched)
    assert not any("$order" in request.params for request in city.server.requests)
    alone = get(replace(city.settings, var=city.settings.var / "alone"), CRIMES)
    assert isinstance(alone, Fetched)
    assert found.snapshot.file == alone.snapshot.file
    assert [p.sha256 for p in found.snapshot.manifest.parts or ()] == [
        p.sha256 for p in alone.snapshot.manifest.parts or ()
    ]


def test_a_year_read_twice_is_the_same_bytes(city: City) -> None:
    home = city.plan().home
    city.read(home, 2024)
    before = shared.get(city.settings, f"{home}/2024.tar")
    shared.remove(city.settings, home)
    city.read(home, 2024)
    # all but the moment in the answers' list; the answers themselves are packed without one
    assert shared.get(city.settings, f"{home}/2024.tar") == before


def test_a_year_of_another_state_is_not_kept(city: City) -> None:
    plan = city.plan()
    city.read(plan.home, 2023)
    city.portal.updated += 60
    with pytest.raises(SourceWrong, match="chicago_crimes: was updated before 2024 was read"):
        city.read(plan.home, 2024)
    now = city.plan()
    assert now.home != plan.home
    assert slicing.there(city.settings, now.home) == []


def test_a_table_that_is_updated_while_a_year_is_read_is_noticed(city: City) -> None:
    home = city.plan().home

    def update(request: Request, reply: Reply) -> Reply:
        if "$order" in request.params:
            city.portal.updated = UPDATED + 60
        return reply

    city.server.fault = update
    with pytest.raises(SourceWrong, match="updated after 2024 was read"):
        city.read(home, 2024)
    assert slicing.there(city.settings, home) == []


def test_a_machine_that_declares_the_dataset_otherwise_is_refused(city: City) -> None:
    home = city.plan().home.replace(city.plan().asked, "0" * 16)
    with pytest.raises(InputError, match="declares chicago_crimes otherwise"):
        city.read(home, 2024)


def test_a_damaged_year_is_read_again_by_the_fetch(city: City) -> None:
    plan = city.plan()
    for year in plan.years:
        city.read(plan.home, year)
    name = f"{plan.home}/2025.tar"
    data = bytearray(shared.get(city.settings, name))
    data[600] ^= 0xFF  # in the first answer
    shared.put(city.settings, name, bytes(data))
    slicing.gather(city.settings, city.dataset, plan)
    city.server.requests.clear()
    assert isinstance(get(city.settings, CRIMES), Fetched)
    asked = {r.params["$where"] for r in city.server.requests if "$order" in r.params}
    assert asked
    assert all("year = 2025" in where for where in asked)


def test_what_cannot_be_sliced_is_refused_with_those_that_can() -> None:
    settings = Settings(var=Path("unused"))
    with pytest.raises(InputError, match="fbi_cde is not read in slices") as refused:
        slicing.sliced(settings, "fbi_cde")
    assert refused.value.next_step == "name one of: chicago_crimes"
    with pytest.raises(InputError, match='did you mean "chicago_crimes"'):
        slicing.sliced(settings, "chicago_crime")
