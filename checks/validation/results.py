"""What came of a check, and of a gate: the same values in the build, in JSON and in a report."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from checks.validation.suites import Check, Severity

Outcome = Literal["pass", "fail", "error"]

MAX_OFFENDING = 20


class CheckResult(BaseModel):
    """The outcome of one check.

    ``error``: the check could not run; that is neither a pass nor a fail.
    ``n_offending``: rows that offend, null where the check is of a table as a whole.
    ``offending``: up to 20 of them, each with the keys to find it by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str
    check_id: str
    table: str
    severity: Severity
    outcome: Outcome
    reason: str
    observed: str | None
    n_offending: int | None
    offending: tuple[dict[str, Any], ...]

    @property
    def closes_gate(self) -> bool:
        return self.outcome == "error" or (self.outcome == "fail" and self.severity == "critical")


class GateResult(BaseModel):
    """All outcomes for one build, in the order of the suites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    build: str
    great_expectations: str
    results: tuple[CheckResult, ...]

    @property
    def closed_by(self) -> tuple[CheckResult, ...]:
        return tuple(r for r in self.results if r.closes_gate)

    @property
    def warnings(self) -> tuple[CheckResult, ...]:
        return tuple(r for r in self.results if r.outcome == "fail" and r.severity == "warning")

    @property
    def counts(self) -> dict[str, int]:
        """Number of checks by outcome, errors first counted as such."""
        outcomes: tuple[Outcome, ...] = ("pass", "fail", "error")
        return {o: sum(r.outcome == o for r in self.results) for o in outcomes}


def normalise(suite: str, check: Check, raw: dict[str, Any]) -> CheckResult:
    """A result of Great Expectations (its JSON form) as ours.

    A check that crashed comes back as ``success: false`` with ``exception_info`` in one of two
    shapes: flat, or one entry for each metric that crashed. What has no shape we know is an error.
    """
    error = _exception(raw.get("exception_info"))
    result = raw.get("result") or {}
    if error is None and not isinstance(raw.get("success"), bool):
        error = f"Great Expectations gave no outcome: {sorted(raw)}"
    if error is None and not raw["success"] and not result:
        error = "Great Expectations failed the check without saying what it saw"
    if error is not None:
        return _result(suite, check, "error", observed=error)
    rows = _rows(result)
    if check.sql is not None:
        count: int | None = int(result["observed_value"])
        observed = f"{count:,} offending row{'' if count == 1 else 's'}"
    elif "unexpected_count" in result:
        count = int(result["unexpected_count"])
        observed = f"{count:,} of {int(result['element_count']):,} rows"
    else:
        count = None
        observed = str(result.get("observed_value"))
    return _result(
        suite, check, "pass" if raw["success"] else "fail", observed, count, rows[:MAX_OFFENDING]
    )


def _result(
    suite: str,
    check: Check,
    outcome: Outcome,
    observed: str | None,
    n_offending: int | None = None,
    offending: list[dict[str, Any]] | None = None,
) -> CheckResult:
    return CheckResult(
        suite=suite,
        check_id=check.id,
        table=check.table,
        severity=check.severity,
        outcome=outcome,
        reason=check.reason.strip(),
        observed=observed,
        n_offending=n_offending,
        offending=tuple(offending or ()),
    )


def _exception(info: Any) -> str | None:
    """The message of a crash, or None if there was none."""
    if not info:
        return None
    if not isinstance(info, dict):
        return str(info)
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if not isinstance(entry, dict):
            return str(entry)
        if entry.get("raised_exception", True):
            lines = [s for s in str(entry.get("exception_message")).splitlines() if s.strip()]
            return lines[0] if lines else "it crashed without a message"
    return None


def _rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The offending rows: whole rows of a query, or key columns with the value found."""
    details = result.get("details") or {}
    rows = details.get("unexpected_rows") or result.get("partial_unexpected_index_list")
    if rows is None:
        rows = result.get("partial_unexpected_list") or []
    return [row if isinstance(row, dict) else {"value": row} for row in rows]
