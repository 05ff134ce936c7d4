"""``crimeclaims diff``: verdicts that flipped between two runs, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from datasets.settings import load_settings
from flows.options import FORMAT, epilog

if TYPE_CHECKING:
    from flows.output import Format

COLUMNS = ("claim", "before", "after", "why")
CSV_COLUMNS = (*COLUMNS, "said", "sentence_before", "sentence_after")


@click.command(
    "diff",
    epilog=epilog(
        "diff 20261124T020000Z-1a2b3c 20261125T020000Z-4d5e6f",
        "diff 20261124 20261125 --format json",
    ),
)
@click.argument("earlier", metavar="RUN")
@click.argument("later", metavar="RUN")
@FORMAT
def diff(earlier: str, later: str, format_: Format) -> None:
    """Show the verdicts that flipped from one run to another, and the reason.

    A RUN is the name of a folder in var/runs, or as much of its beginning as only one run has. The
    reason is all that differs: vintages of the datasets a claim uses, the claim itself, the day as
    of which it was read, or the method.
    """
    from checks.run_changes import flips_sentence
    from checks.run_diff import compare_runs
    from flows import comparing, output

    settings = load_settings()
    before, after = comparing.named(settings, earlier), comparing.named(settings, later)
    found = compare_runs(before.verdicts, after.verdicts, (before.inputs, after.inputs))
    if format_ == "json":
        output.write(output.to_json({"before": before.run, "after": after.run, **asdict(found)}))
        return
    rows = [(f.claim, f.before, f.after, "; ".join(f.reasons)) for f in found.flips]
    if format_ == "csv":
        more = [(f.said, f.sentence_before, f.sentence_after) for f in found.flips]
        output.emit(CSV_COLUMNS, [(*a, *b) for a, b in zip(rows, more, strict=True)], "csv")
        return
    lines = [f"run {after.run} compared with run {before.run}", *map(str, found.data), *found.other]
    for what, claims in (("new", found.added), ("gone", found.removed)):
        if claims:
            lines.append(f"claims that are {what}: {', '.join(claims)}")
    if len(lines) == 1:
        lines.append("the same data, claims and method")
    lines.append(flips_sentence(found))
    if found.reworded:
        lines.append(f"the same label, other figures: {', '.join(found.reworded)}")
    output.write("\n".join(output.paragraph(line) for line in lines))
    for flip in found.flips:
        labels = [label.replace("_", " ") for label in (flip.before, flip.after)]
        facts = [
            ("said", f"“{flip.said}”"),
            ("before", flip.sentence_before),
            ("now", flip.sentence_after),
            ("why", "; ".join(flip.reasons)),
        ]
        shown = output.coloured(labels[1], flip.after)
        output.write(f"\n{flip.claim}: {shown}, was {labels[0]}")
        output.write("\n".join(output.labelled(f"  {name}", text) for name, text in facts))
