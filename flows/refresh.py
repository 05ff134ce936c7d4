"""The refresh flow: ask the publishers, archive what changed; a table of it is kept in Prefect.

Thin on purpose, as ``flows.nightly``. No task retries: each request is retried where it is made, up
to a deadline for each dataset (``flows.limits``).
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import asdict
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from datasets.errors import CrimeclaimsError
from datasets.settings import load_settings
from flows import fetching, limits
from flows.artifacts import progress
from flows.keys import keys_from_blocks
from flows.notices import failed
from flows.progress import LOGGER

logging.getLogger(LOGGER).setLevel(logging.INFO)


@task(
    name="fetch",
    task_run_name="fetch {name}",
    cache_policy=NO_CACHE,
    retries=0,
    timeout_seconds=limits.FETCH,
)
def fetch(name: str, full: bool = False, since: dt.date | None = None) -> fetching.Result:
    settings = load_settings()
    chosen = fetching.chosen(settings, [name], full=full)
    with keys_from_blocks(chosen):
        [result] = fetching.fetch_all(settings, chosen, since)
    return result


@flow(name="refresh", retries=0, timeout_seconds=limits.REFRESH)
def refresh(
    datasets: list[str] | None = None, full: bool = False, since: dt.date | None = None
) -> list[fetching.Result] | State[Any]:
    """Fetch the named datasets, or all that have a source. Fails at its end if one of them did.

    The parameters are those of ``crimeclaims fetch``. From here Prefect takes what its form says of
    them, so they are described in the one style that it reads.

    Args:
        datasets: Names of datasets, as `crimeclaims datasets` lists them. None: all that have a
            source, without third parties' data and very large ones.
        full: Also datasets of millions of rows, which take long to fetch (chicago_crimes).
        since: Only what is from that day on, or more than usual, of a dataset that can be fetched
            in parts (fbi_return_a_months, fbi_cius_city); others fail, so name the dataset as well.
    """
    settings = load_settings()
    try:
        asked = fetching.chosen(settings, datasets or (), full=full)
    except CrimeclaimsError as error:
        return failed(error)
    results: list[fetching.Result] = []
    with progress("refresh-progress", len(asked), "asking the publishers") as step:
        for dataset in asked:
            step(len(results), f"asking for {dataset.name}")
            patient = fetch.with_options(timeout_seconds=limits.fetch(settings, [dataset]))
            results.append(patient(dataset.name, full, since))
    create_table_artifact(
        [{key: str(value) for key, value in asdict(result).items()} for result in results],
        key="refresh-sources",
        description="Every source: whether it changed, and what went wrong",
    )
    if failure := fetching.failure(results):
        return failed(failure)
    return results
