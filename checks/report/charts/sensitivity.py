"""Where the claim is true and where not: a cell for each window, source and meaning tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from checks.models import Reading
from checks.report.charts import model
from checks.report.charts.drawing import INK, RIGHT, TOP, WIDTH, draw, word
from checks.report.charts.forms import COLOUR_OF, SHAPES, grid_form
from checks.report.charts.model import Chart, Names, joined
from checks.report.charts.svg import Sample
from checks.report.charts.variants import AXES, Cell, Grid, State, grid_of

_WORDS: dict[State, str] = {
    "holds": "true", "fails": "not true", "mixed": "true by some readings", "open": "cannot tell",
}  # fmt: skip
#: What holds of a cause does not prove it.
_OF_A_CAUSE: dict[State, str] = {
    "holds": "does not speak against the cause", "fails": "speaks against it",
    "mixed": "some readings speak against it", "open": "cannot tell",
}  # fmt: skip
_SAMPLES: dict[State, str] = {
    "holds": "m5,1l4,4l7,-9", "fails": "m6,-4l9,9m-9,0l9,-9",
    "mixed": "m6,-2h9m-4.5,-4.5v9m-4.5,4h9", "open": "m7,0h8",
}  # fmt: skip
_HIGH, _WIDEST, _LETTER = 24.0, 34.0, 6.8
_PLOT = WIDTH - RIGHT


def sensitivity_chart(readings: Sequence[Reading], names: Names) -> Chart | None:
    """Every reading of a test by what it changes; None if there is nothing to compare."""
    grid = grid_of(readings, names)
    if grid is None:
        return None
    cause = readings[0].kind == "attribution"
    words = _OF_A_CAUSE if cause else _WORDS
    title = f"Where it is true, by {_axes(grid)}"
    if cause:
        also = ", also over more and fewer years" if grid.across else ""
        title = f"What the figures show of the cause{also}"
    note = None
    if grid.left_out:
        note = f"Not drawn, as no reading of them could be decided: {grid.left_out} more."
    alt = " ".join(filter(None, [f"{title}.", *_said(grid, words), note]))
    columns, rows = _table(grid)
    return Chart("sensitivity", title, _picture(grid, words, alt), alt, columns, rows, note)


def _axes(grid: Grid) -> str:
    across, down = (grid.across and AXES[grid.across], grid.down and AXES[grid.down])
    if across and down and grid.down != "source":
        return f"{across} (across) and {down} (down)"
    return joined([name for name in (across, down) if name])


def _picture(grid: Grid, said: Mapping[State, str], alt: str) -> Markup:
    """Rows of cells; a row named by a source has its words above the cells, or beside the one."""
    named = grid.down == "source"
    single = len(grid.columns) == 1
    left = 0.0 if named or grid.down is None else 14 + 1.1 * _LETTER * max(map(len, grid.rows))
    widest = max(_WIDEST, 0 if single else _LETTER * max(map(len, grid.columns)) + 8)
    wide = min(widest, (_PLOT - left) / len(grid.columns))
    words: list[dict[str, Any]] = []
    data: dict[str, list[dict[str, Any]]] = {"words": words, "areas": [], "marks": [], "framed": []}
    y = 0.0
    for row in grid.rows:
        lines = list(_wrapped(row, _PLOT - (wide + 10 if single else 0))) if named else []
        if named and not single:
            for line in lines:
                words.append(word(0, y + 9, line, "left"))
                y += 16
        for n, column in enumerate(grid.columns):
            cell = grid.cells.get((column, row))
            if cell is not None:
                _add(data, cell, left + n * wide, y, wide)
        if named and single:
            for k, line in enumerate(lines):
                words.append(word(wide + 10, y + _HIGH / 2 + 16 * k, line, "left"))
            y += 16 * max(0, len(lines) - 1)
        elif not named and grid.down is not None:
            words.append(word(left - 8, y + _HIGH / 2, row, "right"))
        y += _HIGH + (8 if named else 2)
    if not single:
        words += _below(grid.columns, left, wide, y)
        y += 14
    # so that cells alike are drawn together
    data["areas"].sort(key=lambda area: str(area["fill"]))
    data["marks"].sort(key=lambda mark: str(mark["stroke"]))
    if all(cell.stated for cell in grid.cells.values()):
        data["framed"] = []
    params = {"wide": _PLOT, "high": y}
    return draw(
        grid_form, data, params, height=y + TOP, bottom=0, alt=alt, name="grid",
        key=list(_key(grid, said)),
    )  # fmt: skip


def _add(
    data: dict[str, list[dict[str, Any]]], cell: Cell, x: float, y: float, wide: float
) -> None:
    gap = 1.5 if wide > 8 else 0.5
    box = {"x": x + gap, "x2": x + wide - gap, "y": y + 1, "y2": y + _HIGH - 1}
    colour = COLOUR_OF[cell.state]
    data["areas"].append({**box, "fill": colour, "fillOpacity": 0.15})
    data["marks"].append({
        "x": x + wide / 2, "y": y + _HIGH / 2, "shape": SHAPES[cell.state], "stroke": colour,
        "size": (0.5 * min(wide, 22)) ** 2,
    })  # fmt: skip
    if cell.stated:
        data["framed"].append(box)


def _below(columns: Sequence[str], left: float, wide: float, y: float) -> Iterator[dict[str, Any]]:
    """The names of columns, as many as have room."""
    every = max(1, -int(-(_LETTER * max(map(len, columns)) + 6) // wide))
    for n in range(0, len(columns), every):
        half = _LETTER * len(columns[n]) / 2
        yield word(max(left + (n + 0.5) * wide, half), y + 6, columns[n])


def _wrapped(text: str, width: float) -> Iterator[str]:
    from textwrap import wrap

    yield from wrap(text, int(width / _LETTER)) or [""]


def _key(grid: Grid, said: Mapping[State, str]) -> Iterator[Sample]:
    there = {cell.state for cell in grid.cells.values()}
    for state, words in said.items():
        if state in there:
            style = {"stroke": COLOUR_OF[state], "stroke-width": "1.8", "d": _SAMPLES[state]}
            yield style, words
    if any(not cell.stated for cell in grid.cells.values()):
        yield {"stroke": INK, "stroke-width": "2", "d": "m2,-7h18v14h-18Z"}, "as the words say it"


def _said(grid: Grid, words_of: Mapping[State, str]) -> Iterator[str]:
    """How many cells are true, then which, row by row where these are few."""
    counts = Counter(cell.state for cell in grid.cells.values())
    parts = [f"{words} in {counts[state]}" for state, words in words_of.items() if counts[state]]
    yield f"Of {len(grid.cells)} tried: {', '.join(parts)}."
    stated = [(at, cell) for at, cell in grid.cells.items() if cell.stated]
    if len(stated) < len(grid.cells) and len(stated) <= 4:
        for (column, row), cell in stated:
            named = ", ".join(filter(None, (column, row)))
            yield f"As the words say it ({named}): {words_of[cell.state]}."
    if len(grid.rows) > 6:
        return
    for row in grid.rows:
        said = []
        for state, words in words_of.items():
            at = [c for c in grid.columns if (c, row) in grid.cells]
            found = [c for c in at if grid.cells[c, row].state == state]
            if found:
                said.append(f"{words} for {joined(_spans(found))}" if found != [""] else words)
        text = "; ".join(said)
        named = f"{row}: {text}" if row and len(grid.rows) > 1 else text[0].upper() + text[1:]
        yield f"{named}."


def _spans(names: Sequence[str]) -> list[str]:
    """Three years in a row, or more, as from the first to the last."""
    found: list[list[str]] = []
    for name in names:
        years = name.isdigit() and bool(found) and found[-1][-1].isdigit()
        if years and int(name) - int(found[-1][-1]) == 1:
            found[-1].append(name)
        else:
            found.append([name])
    runs = (run if len(run) < 3 else [f"{run[0]} to {run[-1]}"] for run in found)
    return [name for run in runs for name in run]


def _table(grid: Grid) -> tuple[tuple[str, ...], tuple[tuple[model.Cell, ...], ...]]:
    named = [(grid.across, 0), (grid.down, 1)]
    axes = [(AXES[name], n) for name, n in named if name]
    columns = (
        *(f"{name[0].upper()}{name[1:]}" for name, _ in axes),
        "Readings that hold", "That do not", "That cannot tell", "As the words say it",
    )  # fmt: skip
    order = [(c, r) for r in grid.rows for c in grid.columns if (c, r) in grid.cells]
    rows = []
    for at in order:
        cell = grid.cells[at]
        rows.append((
            *(at[n] for _, n in axes), cell.holds, cell.fails, cell.open,
            "yes" if cell.stated else "no",
        ))  # fmt: skip
    return columns, tuple(rows)
