"""The OpenLineage events of a run and its phases. The only module that imports OpenLineage.

Jobs are ``run``, ``fetch.<dataset>``, ``build``, ``validate`` and ``verify``, all children of
``run`` where there is one. A publisher's data are datasets named by the publisher's host and path,
one for each snapshot, whose version is the snapshot's id with the whole checksum; tables of a build
have the build's id as their version. Ids of OpenLineage runs follow from ours: an event sent twice
is one event.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from typing import Any
from urllib.parse import urlsplit

from openlineage.client import event_v2 as ol
from openlineage.client import facet_v2 as facets

from datasets import access
from datasets.catalog import Dataset
from datasets.named_builds import named_build
from datasets.settings import SQL_DIR, Settings
from datasets.warehouse import current_build, reader
from flows import runs
from flows.fetching import Result

PRODUCER = "https://pypi.org/project/crimeclaims"
RUN = "run"

#: The tables of a build that are told of; what is loaded and staged before them is not shown.
SCHEMAS = ("core", "mart")


def namespace() -> str:
    return os.environ.get("OPENLINEAGE_NAMESPACE") or "crimeclaims"


def started(run: runs.Run | None, job: str = RUN) -> ol.RunEvent:
    """That a run began, or a job of it."""
    return _event(ol.RunState.START, run, job)


def ended(settings: Settings, run: runs.Run) -> ol.RunEvent:
    """How a run ended; what it read and wrote, if it came to verdicts."""
    good = run.outcome not in ("failed", "gate_closed")
    state = ol.RunState.COMPLETE if good else ol.RunState.FAIL
    error = None if good else run.error
    inputs = _snapshots(settings, run) if good else []
    outputs = [_verdicts(settings, run)] if good else []
    return _event(state, run, RUN, inputs, outputs, error)


def passed(
    settings: Settings, run: runs.Run, name: str, error: BaseException | None
) -> ol.RunEvent:
    """How a phase ended; ``error``: what it failed with."""
    if error is not None:
        return _event(ol.RunState.FAIL, run, name, error=str(error) or type(error).__name__)
    if name == "build":
        # Which build it was is written into the record after its phase.
        built = current_build(settings)
        inputs = _snapshots(settings, run, built.id)
        outputs = _tables(settings, built.id, ol.OutputDataset)
    else:
        inputs = _tables(settings, run.build, ol.InputDataset, only="mart")
        outputs = [_verdicts(settings, run)]
    return _event(ol.RunState.COMPLETE, run, name, inputs, outputs)


def validated(settings: Settings, run: runs.Run) -> list[ol.RunEvent]:
    """What the gate found, as assertions about the tables that it looked at."""
    path = runs.folder(settings, run) / runs.CHECKS
    if not path.is_file():
        return []
    checks = json.loads(path.read_text(encoding="utf-8"))
    by_table: dict[str, list[facets.data_quality_assertions_dataset.Assertion]] = {}
    for each in checks["results"]:
        by_table.setdefault(each["table"], []).append(
            facets.data_quality_assertions_dataset.Assertion(
                assertion=f"{each['suite']}.{each['check_id']}",
                success=each["outcome"] == "pass",
                severity="error" if each["severity"] == "critical" else "warn",
                description=_safe(each["reason"]),
                actual=_safe(each["observed"] or each["outcome"]),
            )
        )
    inputs = [
        ol.InputDataset(
            namespace=namespace(),
            name=table,
            facets={"version": _version(checks["build"])},
            inputFacets={
                "dataQualityAssertions": (
                    facets.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(found)
                )
            },
        )
        for table, found in by_table.items()
    ]
    closed = checks["gate"] != "open"
    state = ol.RunState.FAIL if closed else ol.RunState.COMPLETE
    return [
        _event(ol.RunState.START, run, "validate"),
        _event(state, run, "validate", inputs, error="the gate closed" if closed else None),
    ]


def fetched(run: runs.Run | None, dataset: Dataset, result: Result) -> ol.RunEvent:
    """What came of a fetch: the publisher's dataset, and the snapshot if there is a new one."""
    failed = result.outcome == "failed"
    outputs = []
    if result.snapshot is not None:
        statistics = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=result.rows, size=result.archived_bytes
        )
        outputs = [
            ol.OutputDataset(
                namespace=namespace(),
                name=f"archive.{dataset.name}",
                facets={"version": _version(result.snapshot)},
                outputFacets={"outputStatistics": statistics},
            )
        ]
    return _event(
        ol.RunState.FAIL if failed else ol.RunState.COMPLETE,
        run,
        f"fetch.{dataset.name}",
        [_published(dataset.url, dataset.title)],
        outputs,
        result.said if failed else None,
    )


def _event(
    state: ol.RunState,
    run: runs.Run | None,
    job: str,
    inputs: list[ol.InputDataset] | None = None,
    outputs: list[ol.OutputDataset] | None = None,
    error: str | None = None,
) -> ol.RunEvent:
    about: dict[str, Any] = {}
    if run is not None and job != RUN:
        about["parent"] = facets.parent_run.ParentRunFacet(
            run=facets.parent_run.Run(runId=_id(run, RUN)),
            job=facets.parent_run.Job(namespace=namespace(), name=RUN),
        )
    if error is not None:
        about["errorMessage"] = facets.error_message_run.ErrorMessageRunFacet(
            message=_safe(error), programmingLanguage="python"
        )
    return ol.RunEvent(
        eventType=state,
        eventTime=dt.datetime.now(dt.UTC).isoformat(),
        run=ol.Run(runId=_id(run, job), facets=about),
        job=ol.Job(namespace=namespace(), name=job),
        inputs=list(inputs or ()),
        outputs=list(outputs or ()),
        producer=PRODUCER,
    )


#: Of fetches outside of a run: one id for each in this process, for its begin and its end.
_PROCESS = uuid.uuid4().hex


def _id(run: runs.Run | None, job: str) -> str:
    """A UUID, as OpenLineage wants it, that follows from our run and the job."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"crimeclaims:{run.run if run else _PROCESS}:{job}"))


def _sql(name: str) -> str:
    return (SQL_DIR / "lineage" / f"{name}.sql").read_text(encoding="utf-8")


def _safe(text: str) -> str:
    return access.redact(text, access.secrets())


def _version(of: str) -> facets.dataset_version_dataset.DatasetVersionDatasetFacet:
    return facets.dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=of)


def _published(url: str, title: str, version: str | None = None) -> ol.InputDataset:
    """A publisher's data, named by where they are."""
    address = access.redact_url(url)
    parts = urlsplit(address)
    path = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
    about: dict[str, Any] = {
        "dataSource": facets.datasource_dataset.DatasourceDatasetFacet(name=title, uri=address)
    }
    if version is not None:
        about["version"] = _version(version)
    return ol.InputDataset(
        namespace=f"{parts.scheme}://{parts.netloc}", name=path or "/", facets=about
    )


def _snapshots(
    settings: Settings, run: runs.Run, build: str | None = None
) -> list[ol.InputDataset]:
    """What the run's build was made from, one entry for each snapshot."""
    with reader(settings, named_build(settings, str(build or run.build)).path) as con:
        found = con.execute(_sql("snapshots")).fetchall()
    return [_published(*row) for row in found]


def _tables(settings: Settings, build: str | None, kind: Any, only: str | None = None) -> list[Any]:
    """The tables of a build with their columns and numbers of rows."""
    with reader(settings, named_build(settings, str(build)).path) as con:
        rows = con.execute(_sql("tables"), [[only] if only else list(SCHEMAS)]).fetchall()
    fields: dict[str, list[Any]] = {}
    sizes: dict[str, int] = {}
    for table, column, type_, size in rows:
        field = facets.schema_dataset.SchemaDatasetFacetFields(name=column, type=type_)
        fields.setdefault(table, []).append(field)
        sizes[table] = size
    statistics = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    return [
        kind(
            namespace=namespace(),
            name=table,
            facets={
                "version": _version(str(build)),
                "schema": facets.schema_dataset.SchemaDatasetFacet(fields=columns),
            },
            **(
                {"outputFacets": {"outputStatistics": statistics(rowCount=sizes[table])}}
                if kind is ol.OutputDataset
                else {}
            ),
        )
        for table, columns in fields.items()
    ]


def _verdicts(settings: Settings, run: runs.Run) -> ol.OutputDataset:
    path = runs.folder(settings, run) / runs.VERDICTS
    count = len(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
    statistics = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=count
    )
    return ol.OutputDataset(
        namespace=namespace(),
        name="verdicts",
        facets={"version": _version(run.run)},
        outputFacets={"outputStatistics": statistics},
    )
