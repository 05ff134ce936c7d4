"""The figures that made-up claims are about, and of which places people speak most."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from datasets.warehouse import Connection

#: Dataset, definition and measure: within it figures are compared.
Sheet = tuple[str, str, str]


@dataclass(frozen=True)
class Line:
    """The figures by year of one source; ``place`` is what is meant by its figures."""

    place: str
    source: str
    sheet: Sheet
    figures: dict[int, float]

    def has(self, *years: int) -> bool:
        return all(year in self.figures for year in years)

    def covers(self, start: int, end: int) -> bool:
        """Both ends, and at least four fifths of the years."""
        known = sum(year in self.figures for year in range(start, end + 1))
        return self.has(start, end) and known >= 0.8 * (end - start + 1)


@dataclass(frozen=True)
class Known:
    """All lines of the newest states: by the place meant, and by sheet and the place counted.

    ``groups``: their members. ``often``: how often people speak of a place.
    """

    lines: dict[str, list[Line]]
    sheets: dict[Sheet, dict[str, Line]]
    groups: dict[str, list[str]]
    often: dict[str, float]

    def counts(self, line: Line, group: str, *years: int) -> bool:
        """Whether at least three quarters of a group have all of the years on a line's sheet."""
        of, members = self.sheets[line.sheet], self.groups[group]
        n = sum(place in of and of[place].has(*years) for place in members)
        return n >= 0.75 * len(members)

    def first_year(self, line: Line, places: list[str]) -> int:
        """Since when anybody counts in any of the places what a line counts."""
        measure = line.sheet[2]
        alike = (of for place in places for of in self.lines.get(place, ()))
        return min(min(of.figures) for of in alike if of.sheet[2] == measure)


def known_figures(con: Connection) -> Known:
    """What a build has by year; figures of zero are left out, as nothing can be divided by them."""
    lines: dict[str, list[Line]] = defaultdict(list)
    sheets: dict[Sheet, dict[str, Line]] = defaultdict(dict)
    for place, source, dataset, definition, measure, years, values in con.execute("""
        SELECT
            p.place, s.place, s.dataset, s.definition, s.measure,
            list(s.year ORDER BY s.year), list(s.value ORDER BY s.year)
        FROM mart.series AS s
        JOIN (SELECT place, place AS source FROM core.place
            UNION ALL SELECT place, stands_in FROM core.place_fit) AS p ON p.source = s.place
        JOIN (SELECT dataset, max(vintage) AS vintage FROM mart.state GROUP BY dataset) AS v
            ON v.dataset = s.dataset AND v.vintage = s.vintage
        WHERE s.year IS NOT NULL AND s.value > 0
        GROUP BY ALL ORDER BY ALL""").fetchall():
        sheet = (dataset, definition, measure)
        line = Line(place, source, sheet, dict(zip(years, values, strict=True)))
        lines[place].append(line)
        if place == source:
            sheets[sheet][place] = line
    # as people do: of the place with the n-th most sources, one n-th as often as of the first
    sources = dict(
        con.execute("""
            SELECT p.place, count(DISTINCT (s.dataset, s.vintage, s.definition))
            FROM mart.series AS s
            JOIN (SELECT place, place AS source FROM core.place
                UNION ALL SELECT place, stands_in FROM core.place_fit) AS p
                ON p.source = s.place
            GROUP BY p.place""").fetchall()
    )
    ranked = sorted(lines, key=lambda place: (-sources[place], place))
    groups: dict[str, list[str]] = defaultdict(list)
    for group, place in con.execute(
        "SELECT peer_group, place FROM core.peer_group ORDER BY ALL"
    ).fetchall():
        groups[group].append(place)
    often = {place: 1 / n for n, place in enumerate(ranked, start=1)}
    return Known(lines, sheets, groups, often)
