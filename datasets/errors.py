"""Errors that a user can act on, each with the exit code the command line returns for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one place in one file."""

    file: str
    message: str
    line: int | None = None
    field: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        field = f" {self.field}:" if self.field else ""
        hint = f' (did you mean "{self.nearest}"?)' if self.nearest else ""
        return f"{where}:{field} {self.message}{hint}"


class CrimeclaimsError(Exception):
    """Base of all errors with a message meant for the user.

    ``next_step`` says what the user can do about it; it is printed on a line of its own.
    """

    exit_code = 4

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.next_step = next_step


class GateClosed(CrimeclaimsError):  # noqa: N818  # a closed gate is an outcome
    """A validation failed or could not run: nothing was published.

    ``datasets``: what closed it, as far as it is of one dataset. ``reasons``: a sentence each.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        datasets: Sequence[str] = (),
        reasons: Sequence[str] = (),
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.datasets, self.reasons = tuple(datasets), tuple(reasons)


class InputError(CrimeclaimsError):
    """Something that was given to us is wrong: a file, a name, an argument."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[Problem] = (),
        next_step: str | None = None,
    ) -> None:
        self.problems = tuple(problems)
        lines = [message, *(f"  {p}" for p in self.problems)] if message else []
        super().__init__("\n".join(lines), next_step=next_step)

    @classmethod
    def at(
        cls,
        file: Path | str,
        message: str,
        *,
        line: int | None = None,
        field: str | None = None,
        nearest: str | None = None,
        next_step: str | None = None,
    ) -> InputError:
        """An error about one place in one file."""
        problem = Problem(str(file), message, line, field, nearest)
        error = cls("", problems=[problem], next_step=next_step)
        error.args = (str(problem),)
        return error


class NothingPublished(InputError):  # noqa: N818
    """There is no build yet."""


class LakeUnreachable(CrimeclaimsError):  # noqa: N818
    """The shared warehouse, its catalog or its files, does not answer. Asking again may help."""

    exit_code = 3
    transient = True


class SourceFailed(CrimeclaimsError):  # noqa: N818
    """A publisher gave nothing that can be archived; what was archived before stays.

    ``transient``: asking again may help.
    """

    exit_code = 3
    transient = False


class SourceUnreachable(SourceFailed):
    """A publisher did not answer, or said that it cannot or will not now."""


class SourceLater(SourceUnreachable):
    """A publisher asks to be asked again, by ``status``. ``wait``: seconds, if it says how many."""

    transient = True

    def __init__(self, status: int, message: str, wait: float | None = None) -> None:
        super().__init__(message, next_step="try again later")
        self.status, self.wait = status, wait


class SourceWrong(SourceFailed):
    """A publisher answered, but not with what it promises. ``fault`` names in which way."""

    def __init__(
        self, fault: Fault, message: str, *, transient: bool = False, next_step: str | None = None
    ) -> None:
        super().__init__(message, next_step=next_step or NEXT_STEPS[fault])
        self.fault = fault
        self.transient = transient


Fault = Literal[
    "refused",  # it says that we asked wrongly: 400, 401, 403, 404, an unknown key
    "error object",  # an error with status 200
    "html",
    "type",  # JSON of another shape, a file of another kind
    "truncated",
    "encoding",
    "too large",
    "archive",  # a zip file that must not be unpacked, or lacks what it should have
    "redirect",
    "schema",
    "values",
    "moving",  # the table changed while it was read
    "stale",
]

NEXT_STEPS: dict[Fault, str] = {
    "refused": "see the source: block of its dataset.yml, and the key if it needs one",
    "error object": "try again later; if it stays, compare the source: block with the publisher's",
    "html": "try again later; if it stays, the address in its dataset.yml is out of date",
    "type": "the publisher changed the format: compare its dataset.yml with what it serves",
    "truncated": "try again later",
    "encoding": "the publisher changed the format: compare its dataset.yml with what it serves",
    "too large": "if the source has grown, raise CRIMECLAIMS_HTTP_MAX_MB or max_mb of its source:",
    "archive": "look at the file before you trust it",
    "redirect": "put the new address into its dataset.yml, if it is the publisher's",
    "schema": "adapt its dataset.yml to the publisher's columns",
    "values": "look at what the publisher serves; the last good snapshot stays in use",
    "moving": "try again later, when the publisher has finished its update",
    "stale": "try again later, when the publisher has finished its update",
}


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word of ``words`` most like ``word``, or None if nothing is alike.

    >>> nearest("muder", ["murder", "robbery"])
    'murder'
    """
    found = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None
