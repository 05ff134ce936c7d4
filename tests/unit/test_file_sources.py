"""A ``source:`` of files: files by year, their names in the archive, days of publication."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from datasets.sources import FileSource

YEARS = {"first": 2017, "usual": 2018, "last": 2019}


def source(*files: dict[str, Any]) -> FileSource:
    return FileSource.model_validate(
        {"protocol": "file", "base_url": "https://example.org", "files": files}
    )


def names(found: FileSource, since: dt.date | None = None) -> list[tuple[str, str]]:
    return [(each.path, each.file_name) for file in found.files for each in file.each(since)]


def test_a_year_stands_wherever_it_is_in_path_and_name() -> None:
    file = {"path": "{year}/t-{year}/t.xls", "kind": "xls", "name": "t_{year}.xls", "years": YEARS}
    assert names(source(file)) == [
        ("2018/t-2018/t.xls", "t_2018.xls"), ("2019/t-2019/t.xls", "t_2019.xls"),
    ]  # fmt: skip
    assert names(source(file), dt.date(2019, 5, 1)) == [("2019/t-2019/t.xls", "t_2019.xls")]


def test_years_that_are_not_usual_are_asked_for_with_since_only() -> None:
    old = {"path": "a-{year}.csv", "kind": "csv", "years": {"first": 2015, "usual": 2018,
                                                            "last": 2016}}  # fmt: skip
    found = source(old, {"path": "b-{year}.csv", "kind": "csv", "years": YEARS})
    assert [name for _, name in names(found)] == ["b-2018.csv", "b-2019.csv"]
    assert found.starts(None) == dt.date(2018, 1, 1)
    assert names(found, dt.date(2016, 3, 1))[0] == ("a-2016.csv", "a-2016.csv")
    assert found.starts(dt.date(2016, 3, 1)) == dt.date(2016, 1, 1)


def test_a_file_of_a_year_has_the_day_of_its_publication() -> None:
    days = ["2018-09-24", "2019-09-30", "2020-09-28"]
    file = {"path": "t-{year}.xls", "kind": "xls", "years": YEARS | {"published": days}}
    [only] = source(file).files
    assert [str(each.published) for each in only.each(None)] == days[1:]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([{"path": "{year}/t.xls", "years": YEARS}], "'t.xls' would be every year's"),
        ([{"path": "{year}/t.xls", "name": "t.xls", "years": YEARS}], "would be every year's"),
        ([{"path": "{year}.xls", "name": "../{year}.xls", "years": YEARS}], "no file's name"),
        ([{"path": "t.xls", "name": "a/b.xls"}], "can be no file's name in the archive"),
        ([{"path": "p.html", "name": "..", "linked_from": "page"}], "can be no file's name"),
        ([{"path": "a/t.xls"}, {"path": "b/t.xls"}], "two files would be archived as 't.xls'"),
        (
            [{"path": "t-{year}.xls", "years": YEARS}, {"path": "a/t-2017.xls"}],
            "two files would be archived as 't-2017.xls'",
        ),
        ([{"path": "t.xls", "years": YEARS}], "years: and {year} in path: need each other"),
        (
            [{"path": "{year}.xls", "years": YEARS | {"last": 2016}}],
            "first, usual and last year are not in this order",
        ),
        (
            [{"path": "{year}.xls", "years": YEARS | {"published": ["2018-09-24"]}}],
            "published: has no day for each year from 2017 to 2019",
        ),
    ],
)
def test_what_cannot_be_is_refused(files: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValueError, match="validation error") as refused:
        source(*({"kind": "xls", **file} for file in files))
    assert says in str(refused.value)
