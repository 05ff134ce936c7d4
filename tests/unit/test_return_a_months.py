"""Return A master files: records of fixed width, signs in the last digit, blanks for nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.catalog import load_catalog
from datasets.errors import InputError
from datasets.fbi_return_a_months import layout
from datasets.fbi_return_a_months.parse import COUNTS, parse
from datasets.fbi_return_a_months.records import read_count
from datasets.settings import DATASETS_DIR
from tests.support_return_a import Month, Record, encode, encode_count, write_zip

CHICAGO = Record("ILCPD00", 2016, {1: Month({"murder": 50}, {"murder": 9})}, "CHICAGO", "ILL")


@pytest.mark.parametrize(
    ("columns", "found"),
    [  # as numbered in the FBI's record description
        ((463, 467), layout.FIRST_MONTH - 1 + layout.ACTUAL),  # January, actual murder
        ((603, 607), layout.FIRST_MONTH - 1 + layout.CLEARED),  # January, cleared murder
        ((1053, 1057), layout.FIRST_MONTH - 1 + layout.MONTH + layout.ACTUAL),
        ((1193, 1197), layout.FIRST_MONTH - 1 + layout.MONTH + layout.CLEARED),
        ((7228, 7232), layout.FIRST_MONTH - 1 + 11 * layout.MONTH + layout.CLEARED + 27 * 5),
        ((568, 572), layout.FIRST_MONTH - 1 + layout.count_field(layout.ACTUAL, 21).start),
        ((518, 522), layout.FIRST_MONTH - 1 + layout.count_field(layout.ACTUAL, 11).start),
        ((315, 315 + 4), layout.FIRST_MONTH - 1 + layout.CARD.start),
    ],
)
def test_the_layout_is_that_of_the_record_description(columns: tuple[int, int], found: int) -> None:
    assert columns == (found, found + layout.COUNT - 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00000", 0),
        ("00012", 12),
        ("   12", 12),
        ("0001}", -10),
        ("0001J", -11),
        ("0000R", -9),
        ("   1{", 10),
        ("0001I", 19),
        ("     ", None),
    ],
)
def test_a_count_carries_its_sign_in_the_last_character(text: str, value: int | None) -> None:
    assert read_count(text) == value


@pytest.mark.parametrize("text", ["1 2  ", "00-12", "0001S", "ABCDE", "1    ", "00١2٣", "12.34"])
def test_what_is_no_count_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no count"):
        read_count(text)


@given(value=st.none() | st.integers(-99_999, 99_999), signed=st.booleans())
def test_counts_come_back_as_they_were_written(value: int | None, signed: bool) -> None:
    assert read_count(encode_count(value, signed=signed)) == value


counts = st.dictionaries(
    st.sampled_from(["murder", "robbery", "burglary", "larceny", "vehicle_theft", "rape"]),
    st.integers(-99, 99_999),
)
months = st.builds(Month, actual=counts, cleared=counts)
some_records = st.lists(
    st.builds(
        Record,
        ori=st.from_regex(r"[A-Z]{2}[A-Z0-9]{5}", fullmatch=True),
        year=st.just(1999),
        months=st.dictionaries(st.integers(1, 12), months, max_size=12),
        agency=st.text(
            st.characters(codec="latin-1", exclude_categories=["Cc", "Z"]), min_size=1, max_size=24
        ),
        population=st.integers(1, 10**8),
    ),
    min_size=1,
    max_size=4,
)


@given(written=some_records, end=st.sampled_from([b"\r\n", b"\n", b""]))
def test_records_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, written: list[Record], end: bytes
) -> None:
    path = write_zip(
        tmp_path_factory.mktemp("a") / "reta-1999.zip", [encode(r) for r in written], end=end
    )
    rows = list(parse([path]))
    assert len(rows) == sum(max(1, len(record.months)) for record in written)
    found = iter(rows)
    for record in written:
        for number, month in sorted(record.months.items()) or [(None, None)]:
            row = next(found)
            assert (row["ori"], row["year"], row["agency"]) == (
                record.ori + "00",
                "1999",
                record.agency,
            )
            assert row["population"] == str(record.population)
            if month is None:
                assert row["month"] is None
                assert {row[name] for name in COUNTS} == {None}
                continue
            assert row["month"] == str(number)
            for ours, theirs in (("murder", "murder"), ("motor_vehicle_theft", "vehicle_theft")):
                assert row[ours] == str(month.actual.get(theirs, 0))
                assert row[f"{ours}_cleared"] == str(month.cleared.get(theirs, 0))


def test_rows_have_the_declared_columns() -> None:
    declared = {c.name for c in load_catalog(DATASETS_DIR)["fbi_return_a_months"].columns}
    empty = Record("FL01300", 2016)
    for record in (CHICAGO, empty):
        (row,) = parse_bytes(encode(record))
        assert set(row) == declared


def test_a_blank_is_no_zero_and_a_blank_month_no_row() -> None:
    record = bytearray(encode(CHICAGO))
    record[462:467] = b"     "
    (row,) = parse_bytes(bytes(record))
    assert (row["month"], row["murder"], row["murder_cleared"]) == ("1", None, "9")


def test_aggravated_assault_is_its_four_parts_and_unknown_without_one() -> None:
    parts = {"assault_gun": 4, "assault_knife": 3, "assault_other": 2, "assault_hands": 1}
    month = Month({**parts, "simple_assault": 100, "assault": 110})
    record = encode(Record("FL01300", 2016, {1: month}))
    (row,) = parse_bytes(record)
    assert (row["aggravated_assault"], row["simple_assault"]) == ("10", "100")
    (row,) = parse_bytes(record[:517] + b"     " + record[522:])
    assert row["aggravated_assault"] is None


def test_records_of_one_agency_are_numbered(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "a.zip", [encode(CHICAGO), encode(Record("FL01300", 2016)), encode(CHICAGO)]
    )
    assert [(row["ori"], row["record"]) for row in parse([path])] == [
        ("ILCPD0000", "1"),
        ("FL0130000", "1"),
        ("ILCPD0000", "2"),
    ]


@pytest.mark.parametrize(
    ("two_digits", "year"), [("60", "1960"), ("99", "1999"), ("00", "2000"), ("59", "2059")]
)
def test_a_year_has_two_digits(two_digits: str, year: str) -> None:
    record = encode(CHICAGO)
    (row,) = parse_bytes(record[:13] + two_digits.encode() + record[15:])
    assert row["year"] == year


def test_the_last_record_may_lack_its_line_end_and_dos_may_end_the_file() -> None:
    record = encode(CHICAGO)
    for content in (record, record + b"\x1a", record + b"\n" + record, record + b"\r\n\x1a"):
        assert len(parse_bytes(content)) == content.count(b"CHICAGO")


def test_several_years_are_several_files(tmp_path: Path) -> None:
    parts = [
        write_zip(tmp_path / f"reta-{y}.zip", [encode(Record("FL01300", y))]) for y in (2015, 2016)
    ]
    assert [row["year"] for row in parse(parts)] == ["2015", "2016"]
    with pytest.raises(InputError, match=r"reta-2015\.zip: is of 2015, as reta-2015\.zip is"):
        list(parse([parts[0], parts[0]]))


RECORD = encode(CHICAGO)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            RECORD + b"\n" + RECORD[:-1] + b"\n",
            "reta.txt:2: record is 7,384 characters long, not 7,385",
        ),
        (RECORD[:-9] + b"\n" + RECORD + b"\n", "reta.txt:1: record is 7,376 characters long"),
        (RECORD + RECORD[:-2], "reta.txt:2: record is 7,383 characters long"),
        (RECORD + b"\n" + b" " * 9 + RECORD + b"\n", "reta.txt:2: record is at least 7,386"),
        (b"<html>not found</html>", "reta.txt:1: record is 22 characters long"),
        (b"", "reta.txt: has no records"),
        (RECORD[:3] + b"il cpd0" + RECORD[10:], "reta.txt:1: ori: 'il cpd0' is no agency"),
        (RECORD[:13] + b"1 " + RECORD[15:], "reta.txt:1: year: '1 ' is no year"),
        (
            RECORD[:44] + b"10O000000" + RECORD[53:],
            "reta.txt:1: population: '10O000000' is no count",
        ),
        (
            RECORD[:462] + b"00x12" + RECORD[467:],
            "reta.txt:1: murder of month 1: '00x12' is no count",
        ),
        (RECORD + RECORD[:13] + b"15" + RECORD[15:], "reta.txt:2: year: is of 2015, the records"),
    ],
)
def test_what_is_wrong_is_named_with_its_record_and_field(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "reta.txt"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        list(parse([path]))
    assert says in str(refused.value)


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def imploded(content: bytes) -> bytes:
    """The same archive, said to be packed by PKWARE's implode (method 6)."""
    first, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    changed = bytearray(content)
    changed[first + 8], changed[central + 10] = 6, 6
    return bytes(changed)


def flipped(content: bytes) -> bytes:
    middle = content.index(b"PK\x01\x02") // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [(cut, "record is"), (imploded, "cannot be read"), (flipped, "is a damaged zip")],
)
def test_a_damaged_archive_is_named(
    tmp_path: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    path = write_zip(tmp_path / "reta.zip", [RECORD] * 50)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=rf"reta\.zip.*{says}"):
        list(parse([path]))


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datasets.fbi_return_a_months.records.MAX_BYTES", 2 * len(RECORD))
    path = write_zip(tmp_path / "reta.zip", [RECORD] * 3)
    with pytest.raises(InputError, match="unpacks to more than"):
        list(parse([path]))


def parse_bytes(content: bytes) -> list[dict[str, str | None]]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reta.txt"
        path.write_bytes(content)
        return [dict(row) for row in parse([path])]
