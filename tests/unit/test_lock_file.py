"""The lock: complete, hashed, of this project's declared dependencies, and naming no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Without the project itself, by which the extra for developers asks for the other ones.
DECLARED = [
    requirement
    for group in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in group
    if (requirement := Requirement(text)).name != PROJECT["name"]
]

#: One entry a package (and marker): the requirement, then its hashes on continued lines.
ENTRIES = [
    entry
    for entry in re.split(r"\n(?=\S)", TEXT.replace("\\\n", ""))
    if entry.strip() and not entry.startswith("#")
]


def pinned() -> dict[str, set[Version]]:
    versions: dict[str, set[Version]] = {}
    for entry in ENTRIES:
        requirement = Requirement(re.split(r"\s+--hash=|\s+#", entry)[0].strip())
        [specifier] = requirement.specifier
        assert specifier.operator == "=="
        versions.setdefault(canonicalize_name(requirement.name), set()).add(
            Version(specifier.version)
        )
    return versions


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_lock_satisfies_what_is_declared(requirement: Requirement) -> None:
    versions = pinned()[canonicalize_name(requirement.name)]
    assert all(requirement.specifier.contains(version) for version in versions)


def test_every_package_has_hashes() -> None:
    assert len(ENTRIES) > 100
    assert [e.split()[0] for e in ENTRIES if not re.search(r"--hash=sha256:[0-9a-f]{64}", e)] == []


def test_lock_names_no_host_and_no_folder() -> None:
    assert re.findall(r"://|file:| @ |--(?:extra-)?index|--find-links|--trusted", TEXT) == []


@pytest.mark.parametrize("name", ["prefect", "great-expectations", "duckdb", "pandas", "requests"])
def test_what_the_user_fixed_is_a_direct_dependency(name: str) -> None:
    assert name in {canonicalize_name(Requirement(d).name) for d in PROJECT["dependencies"]}
