"""What Vega draws, as small SVG that a page can hold: flat, rounded, in the page's own colours.

Vega nests each mark in groups with a transform, a role and a label of its own. Here every mark is
placed absolutely, marks of one style that follow each other become one path, and nothing is left
that could ask for anything: only the elements and attributes below are ever written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from xml.etree import ElementTree

from markupsafe import Markup, escape

#: Colours as the charts are declared, and the page's variables that they become.
COLOURS = {
    "#000001": "var(--ink)",
    "#000002": "var(--soft)",
    "#000003": "var(--line)",
    "#000004": "var(--page)",
    "#000005": "var(--band)",
    "#000006": "var(--supported)",
    "#000007": "var(--refuted)",
    "#000008": "var(--unknown)",
}
_STYLE = (
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"),
    *("stroke-linejoin", "stroke-opacity", "opacity", "text-anchor", "font-size", "font-weight"),
)
_DEFAULT = {
    "opacity": "1", "stroke-width": "1", "stroke-opacity": "1", "stroke-dasharray": "",
    "text-anchor": "start", "font-weight": "normal",
}  # fmt: skip
_MOVE = re.compile(r"translate\(\s*([-\d.e]+)[,\s]+([-\d.e]+)\s*\)")
_STEP = re.compile(r"([MLHVCAZmlhvcaz])|([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)")
#: How many numbers a command of a path takes, and which of them are x (0) or y (1).
_AXES = {"M": "xy", "L": "xy", "H": "x", "V": "y", "C": "xyxyxy", "A": "rr..." + "xy", "Z": ""}

Style = tuple[tuple[str, str], ...]


def tidy(svg: str, alt: str, name: str, key: Sequence[Sample] = ()) -> Markup:
    """The SVG of a chart for a page.

    ``alt``: its text alternative. ``name``: its class. ``key``: what marks mean, drawn beneath.
    """
    root = ElementTree.fromstring(svg)
    _, _, width, height = (float(n) for n in root.get("viewBox", "0 0 1 1").split())
    marks = "".join(_merged(_flat(root, 0.0, 0.0, {})))
    rows, below = _key(key, width, height)
    return Markup(
        f'<svg class="chart chart-{escape(name)}" viewBox="0 0 {number(width)} '
        f'{number(height + below)}" role="img" aria-label="{escape(alt)}" fill="none">'
        f"{marks}{rows}</svg>"
    )


#: A sample of a mark and the words for it; ``d``: its path, else a line of 24 units.
Sample = tuple[Mapping[str, str], str]
#: Height of a row of the key, width of a letter and of a sample with its gap.
_ROW, _LETTER, _SWATCH = 17.0, 6.8, 30.0


def _key(samples: Sequence[Sample], width: float, top: float) -> tuple[str, float]:
    """The key, and how high it is: as many samples in a row as fit, long words in several lines."""
    found: list[str] = []
    x, y = 4.0, top + 6
    for style, text in samples:
        lines = wrap(text, int((width - _SWATCH - 8) / _LETTER)) or [""]
        wide = _SWATCH + _LETTER * max(map(len, lines)) + 14
        if x > 4 and x + wide > width + 14:
            x, y = 4.0, y + _ROW
        drawn = _written(tuple((k, COLOURS.get(v, v)) for k, v in style.items() if k != "d"))
        path = f"M{number(x)},{number(y + _ROW / 2)}{style.get('d', 'h24')}"
        found.append(f'<path d="{path}"{drawn}/>')
        for n, line in enumerate(lines):
            at = f'x="{number(x + _SWATCH)}" y="{number(y + n * _ROW + _ROW / 2 + 4)}"'
            found.append(f'<text {at} font-size="12" fill="var(--soft)">{escape(line)}</text>')
        x, y = (4.0, y + len(lines) * _ROW) if len(lines) > 1 else (x + wide, y)
    below = y - top + (_ROW if x > 4 else 0) + 2 if samples else 0.0
    return "".join(found), below


def _flat(
    node: ElementTree.Element, x: float, y: float, inherited: Mapping[str, str]
) -> Iterator[tuple[str, Style, str]]:
    """Kind, style and content of every visible mark, in the order in which they are drawn."""
    if node.get("display") == "none":
        return
    if moved := _MOVE.match(node.get("transform", "")):
        x, y = x + float(moved[1]), y + float(moved[2])
    own = {key: node.attrib[key] for key in _STYLE if key in node.attrib}
    style = {**inherited, **own}
    tag = node.tag.rpartition("}")[2]
    if tag in ("svg", "g"):
        for child in node:
            yield from _flat(child, x, y, style)
        return
    if not {style.get("fill", "none"), style.get("stroke", "none")} - {"none", "transparent"}:
        return
    kept = _attributes(style, text=tag == "text")
    if tag == "text":
        lines = [line for line in node.itertext() if line]
        if lines:
            yield "text", kept, f'x="{number(x)}" y="{number(y)}"\n{"".join(lines)}'
    elif tag == "line":
        x2, y2 = x + float(node.get("x2", 0)), y + float(node.get("y2", 0))
        yield "path", kept, f"M{number(x)},{number(y)}L{number(x2)},{number(y2)}"
    elif tag == "path" and node.get("d"):
        yield "path", kept, shifted(node.attrib["d"], x, y)


def _attributes(style: Mapping[str, str], *, text: bool) -> Style:
    found = []
    stroked = style.get("stroke", "none") != "none"
    if text and stroked:
        found.append(("paint-order", "stroke"))  # beneath the letters, not upon them
    for key, value in style.items():
        unused = key.startswith("stroke") and not stroked
        unused |= key in ("text-anchor", "font-size", "font-weight") and not text
        if unused or value == _DEFAULT.get(key) or (value == "none" and key == "fill"):
            continue
        found.append((key, COLOURS.get(value, value).removesuffix("px")))
    return tuple(found)


def _merged(marks: Iterator[tuple[str, Style, str]]) -> Iterator[str]:
    """Elements; paths of one style that follow each other are one."""
    last: tuple[Style, list[str]] | None = None
    for kind, style, content in marks:
        if last and (kind != "path" or style != last[0]):
            yield _path(*last)
            last = None
        if kind == "path":
            last = (style, [*(last[1] if last else []), content])
        else:
            place, _, text = content.partition("\n")
            yield f"<text {place}{_written(style)}>{escape(text)}</text>"
    if last:
        yield _path(*last)


def _path(style: Style, parts: list[str]) -> str:
    return f'<path d="{"".join(parts)}"{_written(style)}/>'


def _written(style: Style) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in style)


def shifted(path: str, x: float, y: float) -> str:
    """A path moved by ``x`` and ``y``, its numbers to one decimal.

    >>> shifted("M0,0h10v5.04Z", 1, 2.25)
    'M1,2.3h10v5Z'
    """
    found: list[str] = []
    command, position = "M", 0
    for letter, digits in _STEP.findall(path):
        if letter:
            command, position = letter, 0
            found.append(letter)
            continue
        axes = _AXES[command.upper()]
        axis = axes[position % len(axes)]
        by = {"x": x, "y": y}.get(axis, 0.0) if command.isupper() else 0.0
        if axis == "r":  # a radius that rounding made too large would bulge; too small is fitted
            by = -0.1
        text = number(float(digits) + by)
        if position and not text.startswith("-"):
            text = "," + text
        found.append(text)
        position += 1
    return "".join(found)


def number(value: float) -> str:
    """To one decimal, as short as it can be written.

    >>> number(12.04), number(-0.04), number(0.5)
    ('12', '0', '.5')
    """
    # Half up and not half to even, so that neighbours move the same way.
    tenths = int(value * 10 + (0.5 if value >= 0 else -0.5))
    text = f"{tenths / 10:g}" if abs(tenths) < 10_000_000 else str(tenths // 10)
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
