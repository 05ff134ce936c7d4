"""Which pages a report has, and what is on each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml
from markupsafe import Markup

from checks.claim_keys import kinds
from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.readings import sql_files, sql_name
from checks.report import format as words
from checks.report.charts import ChartData, chart_data, charts_of, spark_of, sprite
from checks.report.exports.citation import bibtex, cite_claim
from checks.report.exports.claimreview import SCALE, claim_review, script_text
from checks.report.exports.links import claim_page
from checks.report.front import facets
from checks.report.method import method
from checks.report.provenance import provenance
from checks.report.sources import Source, Warehouse, suites
from checks.report.templating import FRONT, inline, render
from checks.report.view import ClaimView, DocumentView, documents, tally
from checks.run_changes import Changes
from datasets.ages import Age
from datasets.settings import Publication
from datasets.vintages import Comparison, compare, vintages
from datasets.warehouse import Connection

#: How many of the figures that moved between two vintages a dataset's page shows.
FIGURES = 10


@dataclass(frozen=True)
class RunInfo:
    """The run a report is of.

    ``started``: with a time zone. ``published_at``: when the build was published, ISO 8601.
    ``as_of``: only what was public on that day was used; None: everything in the build.
    ``versions``: of the software that made it, by name. ``lake_snapshot``: the commit of the lake
    that has the build, if it is in one.
    """

    run_id: str
    started: dt.datetime
    build: str
    published_at: str
    as_of: dt.date | None = None
    versions: dict[str, str] = field(default_factory=dict)
    lake_snapshot: int | None = None

    @property
    def published(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.published_at).astimezone(dt.UTC)


def pages(
    con: Connection,
    warehouse: Warehouse,
    claim_files: Sequence[ClaimFile],
    run: RunInfo,
    *,
    changes: Changes | None = None,
    ages: Sequence[Age] = (),
    asked: Mapping[str, str] | None = None,
    publication: Publication | None = None,
    data_docs: bool = False,
) -> Iterator[tuple[str, str]]:
    """The pages of the report of some verdicts: path in its folder, HTML. The front page is last.

    Files for machines that they link to are written by ``exports``.

    ``con``: the build they were made on. ``warehouse``: what it says of them. ``changes``: from the
    run before; None: the report is of no run, and says nothing of it. ``ages``: of the datasets on
    the day of the run. ``asked``: what came of asking their sources in this run, by dataset; None:
    it did not ask. ``publication``: who publishes the report and where; None: nobody says.
    ``data_docs``: Great Expectations' pages of the validation are beside the report's folder.

    Raises InputError for a caveat without words, CrimeclaimsError for a verdict that does not fit
    the claim files or has a figure without a source in the build.
    """
    verdicts = warehouse.verdicts
    views = documents(verdicts, claim_files)
    publication = publication or Publication()
    data = chart_data(con, verdicts)
    small = {v.claim: found for v in verdicts if (found := spark_of(data, v))}
    lines, sparks = sprite(small)
    shared = _Shared(
        run=run,
        warehouse=warehouse,
        sources=warehouse.sources,
        changes=changes,
        asked=asked,
        ages=ages,
        stale=[age for age in ages if age.stale],
        publication=publication,
        data=data,
        sparks=sparks,
    )
    for view in views:
        yield from _claims(shared, view)
        ids = [claim.verdict.claim for claim in view.claims]
        own_lines, own = sprite({id_: small[id_] for id_ in ids if id_ in small})
        yield shared.page(
            f"documents/{view.document.id}.html",
            "document",
            view=view,
            tally=tally([view]),
            lines=own_lines,
            sparks=own,
        )
    by_dataset = {age.dataset: age for age in ages}
    for source in warehouse.sources:
        yield shared.page(
            f"datasets/{words.slug(source.dataset)}.html",
            "dataset",
            source=source,
            age=by_dataset.get(source.dataset),
            moved=_moved(con, source),
            own_checks=[c for c in warehouse.checks if c.suite == source.dataset],
        )
    yield shared.page("datasets.html", "datasets")
    yield shared.page("checks.html", "checks", data_docs=data_docs, **_validation(warehouse))
    yield shared.page("method.html", "method", method=method(), scale=SCALE)
    yield shared.page("queries.html", "queries", queries=_queries(verdicts))
    if changes:
        yield shared.page("changes.html", "changes")
    options, keys = facets(verdicts, warehouse)
    yield shared.page(
        FRONT,
        "index",
        documents=views,
        n_claims=len(verdicts),
        tally=tally(views),
        facets=options,
        keys=keys,
        lines=lines,
        script=inline("filter.js"),
        **_validation(warehouse),
    )


class _Shared:
    """What all pages are given."""

    def __init__(self, **values: Any) -> None:
        self._values = values
        self.warehouse: Warehouse = values["warehouse"]
        self.data: ChartData = values["data"]
        self.run: RunInfo = values["run"]
        self.publication: Publication = values["publication"]

    def page(self, path: str, template: str, **values: Any) -> tuple[str, str]:
        return path, render(path, template, **{**self._values, **values})


def _claims(shared: _Shared, view: DocumentView) -> Iterator[tuple[str, str]]:
    around = [None, *view.claims, None]
    for previous, claim, following in zip(around, view.claims, around[2:], strict=False):
        verdict, names = claim.verdict, shared.warehouse.name
        found = {test.result.kind: None for test in claim.tests}
        about = (claim, view.document, shared.run, shared.publication)
        charts = {
            test.result.test: charts_of(shared.data, verdict, test.result, names, declared)
            for test, declared in zip(claim.tests, claim.claim.tests, strict=False)
        }
        yield shared.page(
            claim_page(verdict.claim),
            "claim",
            view=view,
            claim=claim,
            previous=previous,
            next=following,
            provenance=provenance(verdict, shared.warehouse),
            kinds=[kinds()[kind] for kind in found],
            sql=list(dict.fromkeys(sql_name(p) for kind in found for p in sql_files(kind))),
            declared=_declared(claim),
            charts=charts,
            # a made-up sentence is no claim that somebody could look up
            review=None if view.document.made_up else Markup(script_text(claim_review(*about))),
            cited=cite_claim(*about),
            bibtex=bibtex(*about),
        )


def _declared(claim: ClaimView) -> str:
    """The claim as YAML, with every key that was set."""
    value = claim.claim.model_dump(mode="json", exclude_unset=True)
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=88)


def _queries(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """The SQL files that the kinds of tests of some verdicts run, by name, in their order."""
    used = {test.kind for verdict in verdicts for test in verdict.tests}
    paths = dict.fromkeys(path for kind in kinds() if kind in used for path in sql_files(kind))
    ordered = sorted(paths, key=lambda path: (not path.name[0].isdigit(), path.name))
    return {sql_name(path): path.read_text(encoding="utf-8").rstrip() for path in ordered}


def _moved(con: Connection, source: Source) -> list[Comparison]:
    """What moved from each vintage of a dataset to the next, the newest first."""
    days = vintages(con, source.dataset) if len(source.snapshots) > 1 else []
    pairs = list(pairwise(days))
    return [compare(con, source.dataset, *pair, limit=FIGURES) for pair in reversed(pairs)]


def _validation(warehouse: Warehouse) -> dict[str, Any]:
    counted = suites(warehouse.checks)
    return {
        "checks": warehouse.checks,
        "suites": counted,
        "outcomes": {
            "passed": sum(s.passed for s in counted),
            "with a warning": sum(s.warned for s in counted),
            "failed": sum(s.failed for s in counted),
            "could not run": sum(s.errors for s in counted),
        },
    }
