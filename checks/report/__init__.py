"""The report of a run: one HTML file that an editor can read, check and quote from.

It holds everything it shows: no script, and no request to anywhere. Its content security policy
makes a browser enforce that, whatever a claim's words are.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.report import format as words
from checks.report.method import method
from checks.report.sources import EVIDENCE, Warehouse, suites
from checks.report.view import FITS, LABELS, OUTCOMES, documents, tally
from checks.run_changes import Changes, flips_sentence
from datasets.ages import Age
from datasets.vintages import CHANGES
from datasets.warehouse import Connection


@dataclass(frozen=True)
class RunInfo:
    """The run a report is of.

    ``started``: with a time zone. ``published_at``: when the build was published, ISO 8601.
    ``as_of``: only what was public on that day was used; None: everything in the build.
    ``versions``: of the software that made it, by name.
    """

    run_id: str
    started: dt.datetime
    build: str
    published_at: str
    as_of: dt.date | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def published(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.published_at).astimezone(dt.UTC)


def render(
    con: Connection,
    verdicts: Sequence[Verdict],
    claim_files: Sequence[ClaimFile],
    run: RunInfo,
    *,
    changes: Changes | None = None,
    ages: Sequence[Age] = (),
    asked: Mapping[str, str] | None = None,
) -> str:
    """The report of ``verdicts`` as HTML. ``con``: the build they were made on.

    ``changes``: from the run before; None: the report is of no run, and says nothing of it.
    ``ages``: of the datasets on the day of the run. ``asked``: what came of asking their sources in
    this run, by dataset; None: it did not ask.

    Raises InputError for a caveat without words, CrimeclaimsError for a verdict that does not fit
    the claim files or has a figure without a source in the build.
    """
    warehouse = Warehouse(con, verdicts)
    views = documents(verdicts, claim_files)
    counted = suites(warehouse.checks)
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            run=run,
            documents=views,
            n_claims=len(verdicts),
            tally=tally(views),
            warehouse=warehouse,
            sources=warehouse.sources(verdicts),
            checks=warehouse.checks,
            suites=counted,
            outcomes={
                "passed": sum(s.passed for s in counted),
                "with a warning": sum(s.warned for s in counted),
                "failed": sum(s.failed for s in counted),
                "could not run": sum(s.errors for s in counted),
            },
            method=method(),
            changes=changes,
            ages=ages,
            stale=[age for age in ages if age.stale],
            asked=asked,
            # Our own file, and its hash stands in the policy: the one thing that is not escaped.
            style=Markup(style),
            style_hash=digest,
        )
    )


@lru_cache
def _style() -> str:
    return files("checks.report").joinpath("templates/style.css").read_text(encoding="utf-8")


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("checks.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=words.visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=words.day,
        short_day=words.short_day,
        share=words.share,
        slug=words.slug,
        percent_change=words.percent_change,
        web_address=words.web_address,
    )
    environment.globals.update(
        number=words.number,
        exact=words.exact,
        period=words.period,
        LABELS=LABELS,
        OUTCOMES=OUTCOMES,
        FITS=FITS,
        EVIDENCE=EVIDENCE,
        CHANGES=CHANGES,
        flips_sentence=flips_sentence,
    )
    return environment
