"""A run's numbers as OpenMetrics text, for Prometheus and what understands it.

All are gauges of the newest run: a run is a batch job, and nothing is there to be asked between two
of them. So the text is also read by node_exporter's textfile collector, which knows no other types.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from flows.metrics import Metrics

METRICS_TEXT = "metrics.prom"


def to_text(metrics: Metrics) -> str:
    """Every number with its unit in its name and what it means; what is None is left out."""
    registry = CollectorRegistry()

    def one(name: str, help_: str, value: float | None) -> None:
        if value is not None:
            Gauge(f"crimeclaims_run_{name}", help_, registry=registry).set(value)

    def by(name: str, label: str, help_: str, values: Mapping[str, float]) -> None:
        if values:
            gauge = Gauge(f"crimeclaims_run_{name}", help_, [label], registry=registry)
            for key, value in values.items():
                gauge.labels(key).set(value)

    outcome = {metrics.outcome: 1.0}
    by("outcome", "outcome", "How the newest run ended; 1 for the outcome it had.", outcome)
    one("start_timestamp_seconds", "When it began, Unix time.", _at(metrics.started))
    one("end_timestamp_seconds", "When it ended, Unix time.", _at(metrics.ended))
    one("duration_seconds", "From its beginning to its end.", metrics.duration_seconds)
    by("phase_seconds", "phase", "How long each phase took.", metrics.phase_seconds)
    one("peak_memory_bytes", "The most memory its process had.", metrics.peak_memory_bytes)
    reused = None if metrics.build_reused is None else float(metrics.build_reused)
    one("build_reused", "1 if nothing had changed and nothing was built, else 0.", reused)
    by("rows_loaded", "dataset", "Rows loaded into a new build.", metrics.rows_loaded)
    by("sources", "outcome", "Datasets whose publishers were asked.", metrics.sources)
    one("requests", "Requests to publishers.", metrics.requests)
    one("fetched_bytes", "Bytes that publishers sent.", metrics.fetched_bytes)
    one("archived_bytes", "Bytes of new snapshots: tables and answers.", metrics.archived_bytes)
    by("claims", "label", "Claims by the label of their verdict.", metrics.claims)
    by("readings", "outcome", "Readings of claims by outcome.", metrics.readings)
    by("checks", "outcome", "Checks of the validation gate by outcome.", metrics.checks)
    one("flips", "Claims with another label than in the run before.", metrics.flips)
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode("utf-8")


def _at(moment: str | None) -> float | None:
    return None if moment is None else dt.datetime.fromisoformat(moment).timestamp()
