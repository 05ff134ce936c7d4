"""Answers of the Crime Data Explorer: not reported is never 0, and what is unclear is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fbi_cde.parse import parse
from datasets.settings import DATASETS_DIR
from tests.support_cde import answer, write_answer

POLICE = "Dane County Sheriff's Office"
AGENCY = "agency_WI0130000_HOM"
Rows = list[dict[str, str | None]]


def read(folder: Path, body: Any, asked: str = AGENCY) -> Rows:
    return [dict(row) for row in parse([write_answer(folder, asked, body)])]


def test_a_captured_answer_has_the_agencys_figures_and_no_others(tmp_path: Path) -> None:
    """The shape of a public capture: rates of three places, actual counts of one."""
    body = answer(POLICE, {"01-2023": 0, "04-2023": 1}, {"01-2023": 0, "04-2023": 1})
    body["offenses"]["rates"]["Wisconsin Offenses"] = {"01-2023": 0.41}
    body["offenses"]["rates"]["United States Offenses"] = {"01-2023": 0.51}
    body["populations"]["population"] |= {"Wisconsin": {"01-2023": 5910955}}
    assert read(tmp_path, body)[1] == {
        "level": "agency", "code": "WI0130000", "name": POLICE, "offense": "HOM",
        "month": "2023-04-01", "offenses": "1", "cleared": "1", "population": "100000",
        "participated_population": "100000", "last_refresh_date": "2026-09-15",
    }  # fmt: skip


def test_rows_have_the_declared_columns(tmp_path: Path) -> None:
    declared = {column.name for column in load_catalog(DATASETS_DIR)["fbi_cde"].columns}
    assert set(read(tmp_path, answer(POLICE, {"01-2023": 1}, {}))[0]) == declared


months = st.dictionaries(
    st.builds("{:02d}-{}".format, st.integers(1, 12), st.integers(1985, 2026)),
    st.none() | st.just(-1) | st.integers(0, 10**6),
)


@given(offenses=months, cleared=months)
def test_every_month_before_the_refresh_comes_back_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, offenses: Any, cleared: Any
) -> None:
    rows = read(tmp_path_factory.mktemp("a"), answer(POLICE, offenses, cleared))
    whole = {
        f"{m[3:]}-{m[:2]}-01" for m in {*offenses, *cleared} if (int(m[3:]), int(m[:2])) < (2026, 9)
    }
    assert [row["month"] for row in rows] == sorted(whole)
    for row in rows:
        month = str(row["month"])
        key = f"{month[5:7]}-{month[:4]}"
        for name, counts in (("offenses", offenses), ("cleared", cleared)):
            value = counts.get(key)
            assert row[name] == (None if value in (None, -1) else str(value))


@pytest.mark.parametrize(
    ("asked", "name", "found"),
    [
        ("state_WI_V", "Wisconsin", ("state", "WI", "V")),
        ("state_DC_BUR", "District of Columbia", ("state", "DC", "BUR")),
        ("national_HOM", "United States", ("national", "US", "HOM")),
        ("cde_summarized_agency_WI0130000_MVT", POLICE, ("agency", "WI0130000", "MVT")),
    ],
)
def test_the_name_of_the_file_says_what_was_asked(
    tmp_path: Path, asked: str, name: str, found: tuple[str, str, str]
) -> None:
    (row,) = read(tmp_path, answer(name, {"01-2023": 5}, {"01-2023": 2}), asked)
    assert (row["level"], row["code"], row["offense"]) == found
    assert (row["offenses"], row["cleared"]) == ("5", "2")


def test_the_offenses_of_a_place_may_lack_their_ending(tmp_path: Path) -> None:
    body = answer("United States", {"01-2023": 5}, {"01-2023": 2})
    actuals = body["offenses"]["actuals"]
    actuals["United States"] = actuals.pop("United States Offenses")
    (row,) = read(tmp_path, body, "national_HOM")
    assert (row["offenses"], row["cleared"]) == ("5", "2")


def test_a_series_that_is_null_has_no_months(tmp_path: Path) -> None:
    (row,) = read(tmp_path, answer(POLICE, {"01-2023": 3}, None))
    assert (row["offenses"], row["cleared"]) == ("3", None)


def put(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for key in path[:-1]:
            body = body[key]
        body[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for key in path[:-1]:
            body = body[key]
        del body[path[-1]]

    return change


ACTUALS = ("offenses", "actuals")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put(*ACTUALS, value=None), "actuals: is NoneType, not an object"),
        (put(*ACTUALS, value={}), "actuals: has 0 agencies in its series (none)"),
        (put(*ACTUALS, "Another Offenses", value={}), "actuals: has 2 agencies in its series"),
        (drop(*ACTUALS, f"{POLICE} Clearances"), f'no series "{POLICE} Clearances"'),
        (drop(*ACTUALS, f"{POLICE} Offenses"), f'no series "{POLICE} Offenses"'),
        (drop("offenses"), "offenses: is NoneType"),
        (drop("populations"), "populations: is NoneType"),
        (drop("cde_properties"), "cde_properties: is NoneType"),
        (put("cde_properties", "last_refresh_date", value={}), "None is no day"),
        (put("cde_properties", "last_refresh_date", "UCR", value="02/30/2026"), "is no day"),
        (put(*ACTUALS, f"{POLICE} Offenses", "2023-01", value=1), '"2023-01" is no month'),
        (put(*ACTUALS, f"{POLICE} Offenses", "13-2023", value=1), '"13-2023" is no month'),
        (put(*ACTUALS, f"{POLICE} Offenses", "01-2023", value="3"), "01-2023: '3' is not a count"),
        (put(*ACTUALS, f"{POLICE} Offenses", "01-2023", value=1.5), "1.5 is not a count"),
        (put(*ACTUALS, f"{POLICE} Offenses", "01-2023", value=-2), "-2 is not a count"),
        (put(*ACTUALS, f"{POLICE} Offenses", "01-2023", value=True), "True is not a count"),
        (put(*ACTUALS, f"{POLICE} Offenses", value=[1, 2]), "is list, not an object"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_field(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    body = answer(POLICE, {"01-2023": 3}, {"01-2023": 1})
    change(body)
    with pytest.raises(InputError) as refused:
        read(tmp_path, body)
    assert str(refused.value).startswith(f"{tmp_path / AGENCY}.json: ")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "bad date", '{"offenses"', "[]", '{"message": "Missing Authentication Token"}']
)
def test_what_is_no_answer_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / f"{AGENCY}.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=AGENCY):
        list(parse([path]))


@pytest.mark.parametrize(
    "asked", ["agency_WI0130000_ARS", "agency_HOM", "county_WI_HOM", "state_XX_V"]
)
def test_a_file_not_named_after_a_question_is_refused(tmp_path: Path, asked: str) -> None:
    with pytest.raises(InputError, match=asked):
        read(tmp_path, answer(POLICE, {"01-2023": 3}, {"01-2023": 1}), asked)


def test_answers_of_two_refreshes_are_refused(tmp_path: Path) -> None:
    one = write_answer(tmp_path, AGENCY, answer(POLICE, {"01-2023": 3}, {}))
    later = answer(POLICE, {"01-2023": 3}, {}, refreshed="10/15/2026")
    other = write_answer(tmp_path, "agency_WI0130000_ROB", later)
    with pytest.raises(InputError, match="refresh of 2026-10-15") as refused:
        list(parse([one, other]))
    assert AGENCY in str(refused.value)
    assert json.loads(one.read_text())["offenses"]
