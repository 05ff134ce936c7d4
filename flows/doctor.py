"""``crimeclaims doctor``: what is there, what is wrong with it, and how to mend it.

A look is a function that is given the settings and yields findings; to add one, put it into
``LOOKS`` under the name that a failure of the look itself is told by.
"""

from __future__ import annotations

from collections.abc import Iterator

from datasets.errors import CrimeclaimsError
from datasets.lake_builds import described
from datasets.settings import Settings
from flows import doctor_data, doctor_machine, doctor_prefect
from flows.doctor_findings import Finding, Look
from flows.output import clean


def _lake(settings: Settings) -> Iterator[Finding]:
    if settings.lake is not None:
        for what, found in described(settings):
            yield Finding("ok", what, found)


LOOKS: tuple[tuple[str, Look], ...] = (
    ("versions", doctor_machine.versions),
    ("folders", doctor_machine.folders),
    ("permissions", doctor_machine.permissions),
    ("run lock", doctor_machine.run_lock),
    ("datasets", doctor_data.datasets),
    ("claims", doctor_data.claims),
    ("lake", _lake),
    ("build", doctor_data.build),
    ("last run", doctor_data.last_run),
    ("clock", doctor_machine.clock),
    ("Prefect", doctor_prefect.prefect),
)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a look that fails is a finding itself."""
    findings: list[Finding] = []
    for what, look in LOOKS:
        try:
            findings += look(settings)
        except CrimeclaimsError as error:
            findings.append(Finding("problem", what, str(error), error.next_step))
        except OSError as error:
            findings.append(Finding("problem", what, f"{error.filename}: {error.strerror}"))
    return findings


def to_text(findings: list[Finding]) -> str:
    """One line a finding, with how to mend it below."""
    width = max(len(finding.what) for finding in findings)
    lines = []
    for f in findings:
        first, *rest = f.found.splitlines() or [""]
        lines.append(f"{f.state:<8} {f.what:<{width}}  {clean(first)}")
        lines += [f"{'':<8} {'':<{width}}  {clean(line)}" for line in rest]
        if f.mend:
            lines.append(f"{'':<8} {'':<{width}}  mend: {clean(f.mend)}")
    problems = sum(f.state == "problem" for f in findings)
    plural = "" if problems == 1 else "s"
    lines.append(f"{problems} problem{plural} found" if problems else "all is well")
    return "\n".join(lines)
