"""Valid claims of all kinds about real series, as people make them: about figures that exist.

Of every twenty claims nineteen are about figures that a source has, of years that had ended on the
day of the document: both ends of a change and four fifths of the years between, the partner of a
ratio in the same source, three quarters of the members of a group. The twentieth is about years
before the first figure, since that happens too, and takes its time. How many tests a claim has,
measures, numbers of groups, lengths of windows, and how often the last year with a figure is meant,
are those of the claims in ``checks/claims`` and of the published sentences they come from (the
tables below). Editions are not looked at: the archive has some years in later ones only.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any

from claims_series import Line, known_figures
from pydantic import TypeAdapter

from checks.claim_models import Test
from checks.quantity import change_words, frequencies, hedges, quantifiers
from checks.readings import SQL_OF_KIND
from datasets.warehouse import Connection

SEED = 20170816
#: Claims of a document, which share its date.
CLAIMS_A_DOCUMENT = 10
FIRST_DATE, LAST_DATE = dt.date(2012, 1, 1), dt.date(2024, 6, 30)
#: One claim in so many is about years without figures.
UNFOUNDED = 20
#: Kinds that are about a place among the members of a group.
COMPARED = ("rank", "contrast", "places")
#: Of ninety claims 75 have one test, nine have two, six have three.
TESTS = (*[1] * 25, *[2] * 3, *[3] * 2)
#: In so many tests claims speak of a measure; of another one in one.
MEASURES = {
    "murder": 57,
    "murder_rate": 17,
    "violent_crime": 11,
    "violent_crime_rate": 11,
    "murder_clearance_rate": 9,
    "population": 6,
    "murder_cleared": 3,
    "murder_change_pct": 2,
}
#: How many groups a claim about groups names.
GROUPS = (1, 1, 1, 1, 3, 3, 3)

#: Years from start to end of what is claimed, as often as claims have them.
CHANGES = (1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 6, 6, 6, 6, 6, 8, 8, 8, 8, 9, 20)
TRENDS = (2, 2, 3, 5, 5, 8, 8, 11, 12, 13, 19)
RECORDS = (4, 5, 6, 19, 19, 20, 20, 20, 20, 21, 21, 21, 27, 30, 44, 47, 47, 50, 50, 50)
CONTRASTS = (2, 2, 2, 5, 8)
FREQUENCIES = (7, 7, 9)
OF_PLACES = (1, 1, 1, 2, 8)
#: A ratio to the mean of a decade, or of a year before.
BEFORE = (1, 8, 10, 20)

Numbered = tuple[int, dt.date, Test]


class Maker:
    """Makes claims from the newest state of each dataset; the same ones every time."""

    def __init__(self, con: Connection) -> None:
        self.random = random.Random(SEED)
        self.valid: TypeAdapter[Test] = TypeAdapter(Test)
        self.known = known_figures(con)

    def claims(self, n: int) -> list[Numbered]:
        """The tests of ``n`` claims: (number of the test, date of the document, test)."""
        days = (LAST_DATE - FIRST_DATE).days
        made: list[Numbered] = []
        for claim in range(n):
            if claim % CLAIMS_A_DOCUMENT == 0:
                date = FIRST_DATE + dt.timedelta(days=self.random.randint(0, days))
            for _ in range(self.random.choice(TESTS)):
                kind = list(SQL_OF_KIND)[len(made) % len(SQL_OF_KIND)]
                fields = self._claim(kind, date, self.random.randrange(UNFOUNDED) > 0)
                test = {"kind": kind, "says": f"claim {claim}", **fields}
                made.append((len(made), date, self.valid.validate_python(test)))
        return made

    def _claim(self, kind: str, date: dt.date, founded: bool) -> dict[str, Any]:
        """The keys of a claim, tried until it is about figures that exist, or about none."""
        while True:
            group = self.random.choice(list(self.known.groups))
            places = self.known.groups[group] if kind in COMPARED else list(self.known.often)
            line = self._line(places, kind)
            if line is None or not (years := [y for y in line.figures if y < date.year]):
                continue
            year = years[-1]
            if self.random.random() > 0.7:  # else the last one, as seven claims in ten
                year = years[-min(int(self.random.expovariate(0.2)) + 1, len(years))]
            fields = self._fields(kind, line, year, group, founded)
            if fields is not None:
                return fields

    def _fields(
        self, kind: str, line: Line, year: int, group: str, founded: bool
    ) -> dict[str, Any] | None:
        """The keys of a claim about a line up to a year; None if it has not the figures for it."""
        pick, between = self.random.choice, self.random.randint
        figure = line.figures[year]
        if not founded:
            # before anybody counted it, where and by whom it may be
            others = self.known.groups[group] if kind in COMPARED else []
            year = self.known.first_year(line, [line.place, *others]) - between(1, 5)
        measure = line.sheet[2]
        about: dict[str, Any] = {"place": line.place, "measure": measure}
        moved = {"direction": pick(["rising", "falling"])}

        def back(lengths: Sequence[int]) -> int:
            """The year from which it is claimed; of those with figures, if it has any."""
            starts = [n for n in lengths if not founded or line.covers(year - n, year)]
            return year - pick(starts or [0])

        def counted(*years: int) -> bool:
            return not founded or self.known.counts(line, group, *years)

        if kind in ("value", "share") or (kind == "threshold" and between(0, 3)):
            return about | {"period": year} | self._quantity(figure)
        if kind == "threshold":
            start = back(FREQUENCIES)
            often = {"window": {"start": start, "end": year}, "how_often": pick([*frequencies()])}
            return about | often | self._quantity(figure) if start < year else None
        if kind == "ratio":
            return self._ratio(line, year, figure, founded)
        if kind == "rank":
            bar: dict[str, Any] = pick([{"nth": between(1, 10)}, {"within": "1/4"}])
            where = {"period": year, "peer_group": group, "direction": pick(["highest", "lowest"])}
            return about | where | bar if counted(year) else None
        if kind == "attribution":
            return self._cause(line, year, founded, about | moved)
        if kind == "record":
            # of a short series what it has: "the highest in 4 years"
            longest = year - min(line.figures)
            start = back((*RECORDS, *([longest] if founded and longest > 1 else [])))
            window = pick([{"years": year - start}, {"since": start}])
            highest = {"year": year, "direction": pick(["highest", "lowest"])}
            return about | window | highest if year - start > 1 else None
        lengths = {"change": CHANGES, "trend": TRENDS, "contrast": CONTRASTS, "places": OF_PLACES}
        start = back(lengths[kind])
        span = {"start": start, "end": year}
        if start == year:
            return None
        if kind == "change":
            if between(0, 1):
                return about | span | {"word": pick(list(change_words()))}
            percent = {"value": between(1, 60), "direction": pick(["up", "down"])}
            return about | span | percent | {"hedge": pick(list(hedges()))}
        if kind == "trend":
            # one trend in ten is of a group, seven of a place year after year
            if not between(0, 9):
                whole = {"measure": measure, "peer_groups": [group], "window": span}
                return whole | moved if counted(start, year) else None
            return about | {"window": span, "every_year": between(1, 10) <= 7} | moved
        if not counted(start, year):
            return None
        if kind == "contrast":
            groups = [
                other
                for other, places in self.known.groups.items()
                if line.source in places
                and (other == group or self.known.counts(line, other, start, year))
            ]
            return about | moved | {"peer_groups": self._some(groups), "window": span}
        return {"measure": measure, "peer_group": group} | self._of_each(figure, start, year)

    def _line(self, places: Sequence[str], kind: str) -> Line | None:
        """A place, one of the measures that it has, and a source of it; None if it has none."""
        known = [place for place in places if place in self.known.lines]
        (place,) = self.random.choices(known, [self.known.often[place] for place in known])
        lines = self.known.lines[place]
        if kind in COMPARED:  # a group is compared by its own figures
            lines = [line for line in lines if line.source == place]
        if kind == "share":
            lines = [line for line in lines if line.sheet[2] == "murder_clearance_rate"]
        measures = sorted({line.sheet[2] for line in lines})
        if not measures:
            return None
        often = [MEASURES.get(measure, 1) for measure in measures]
        (measure,) = self.random.choices(measures, often)
        return self.random.choice([line for line in lines if line.sheet[2] == measure])

    def _ratio(self, line: Line, year: int, figure: float, founded: bool) -> dict[str, Any] | None:
        """Half of one place at two times, some of two measures, the others of two places."""
        pick, between = self.random.choice, self.random.randint
        of: dict[str, Any] = {"places": [line.place], "measure": line.sheet[2]}
        to, where = of, {"period": year}
        way = between(1, 10)
        if way <= 4:
            starts = [n for n in BEFORE if not founded or line.covers(year - n, year)]
            if not starts:
                return None
            start = year - pick(starts)
            where = {}
            of = of | {"period": year}
            decade = {"window": {"start": start, "end": min(start + 9, year - 1)}}
            to = to | (pick([decade, {"period": start}]) if start < year - 1 else {"period": start})
            other = line.figures.get(start, figure)
        else:
            dataset, definition, measure = line.sheet
            own = self.known.lines[line.place]
            rivals = [
                there
                for there in (own if way == 5 else self.known.sheets[line.sheet].values())
                if (there.sheet[:2] == (dataset, definition) and there.sheet[2] != measure
                    if way == 5 else there.place not in (line.place, line.source))
                and (not founded or there.has(year))
            ]  # fmt: skip
            if not rivals:
                return None
            rival = pick(rivals)
            to = {"places": [rival.place], "measure": rival.sheet[2]}
            other = rival.figures.get(year, figure)
            if way == 5:
                where |= {"same_measure": False}
        return {"of": of, "to": to} | where | self._quantity(figure / other)

    def _cause(
        self, line: Line, year: int, founded: bool, about: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A cause with the three years before it and at least one after it; of some with peers."""
        between = self.random.randint
        since = year - between(1, 3)
        if founded and not line.has(*range(since - 3, since), *range(since + 1, year + 1)):
            return None
        cause = {"cause": "a new law", "cause_date": f"{since}-02-01"}
        groups = [group for group, places in self.known.groups.items() if line.source in places]
        others = {"peer_groups": self._some(groups)} if groups and between(0, 1) else {}
        return about | cause | others

    def _some(self, groups: Sequence[str]) -> list[str]:
        """As many of these groups as a claim names, if there are so many."""
        return self.random.sample(groups, min(self.random.choice(GROUPS), len(groups)))

    def _of_each(self, figure: float, start: int, year: int) -> dict[str, Any]:
        """What is true of so many places: a movement to ``year``, or a level near ``figure``."""
        pick, between = self.random.choice, self.random.randint
        each: dict[str, Any] = {"period": year, pick(["above", "below"]): f"{figure:.3f}"}
        if between(0, 2):
            moved = pick(
                [{"direction": pick(["up", "down"])}, {"word": pick(list(change_words()))}]
            )
            each = {"start": start, "end": year, **moved}
        if between(0, 1):
            return each | {"how_many": pick(list(quantifiers()))}
        said = pick([between(1, 40), f"{between(1, 99)}%", "1/3"])
        return each | {"value": said, "hedge": pick(list(hedges()))}

    def _quantity(self, figure: float) -> dict[str, Any]:
        """A number near the figure, at about three digits, with a hedge."""
        near = figure * self.random.uniform(0.7, 1.3)
        digits = 0 if near >= 100 else 3 if near >= 0.1 else 6
        return {"value": f"{near:.{digits}f}", "hedge": self.random.choice(list(hedges()))}
