"""What a fetch that failed had already, kept for the next attempt while the source is the same.

It is in ``task.partial``, a folder a state of the source: an answer of another state is an answer
to another question. The folder goes when the snapshot is made.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from datasets.archive import Part, verify_part
from datasets.errors import InputError

#: Which answers are kept: a line each, written after the answer.
LIST = "answers.jsonl"


def only(folder: Path) -> Path:
    """``folder``, which is for one state of a source; those of others beside it are removed."""
    for other in folder.parent.glob("*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


def keep_answer(folder: Path, question: str, part: Part, path: Path) -> None:
    """Keep the answer at ``path``, which ``part`` describes, to a ``question``."""
    folder.mkdir(parents=True, exist_ok=True)
    link(path, folder / part.name)
    line = json.dumps({"question": question, "part": part.model_dump(mode="json")})
    with (folder / LIST).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def take_answers(folder: Path, questions: Mapping[str, str], to: Path) -> dict[str, Part]:
    """Those of ``questions`` (each with its answer's name) that were answered before, undamaged.

    Their answers are then in ``to``. A damaged one is left out, as is a line that was not finished.
    """
    taken: dict[str, Part] = {}
    try:
        lines = (folder / LIST).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        try:
            value: Any = json.loads(line)
            question, part = value["question"], Part.model_validate(value["part"])
            if questions.get(question) != part.name:
                continue
            verify_part(folder / part.name, part)
        except (ValueError, KeyError, TypeError, ValidationError, InputError):
            continue
        taken[question] = part
    for part in taken.values():
        link(folder / part.name, to / part.name)
    return taken


def link(path: Path, to: Path) -> None:
    """The same file under another name, in place of what has that name."""
    to.unlink(missing_ok=True)
    try:
        os.link(path, to)
    except OSError:  # a disk without links
        shutil.copyfile(path, to)
