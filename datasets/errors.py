"""Errors that a user can act on, each with the exit code the command line returns for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


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
    """A validation failed or could not run: nothing was published."""

    exit_code = 1


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


class SourceUnreachable(CrimeclaimsError):  # noqa: N818
    """A publisher did not answer, or not with what it promises."""

    exit_code = 3


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word of ``words`` most like ``word``, or None if nothing is alike.

    >>> nearest("muder", ["murder", "robbery"])
    'murder'
    """
    found = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return found[0] if found else None
