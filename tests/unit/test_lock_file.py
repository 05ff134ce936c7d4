"""The locks: complete, hashed, of this project's declared dependencies, and naming no place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
ALL = "requirements.lock"
#: Of the container: without the packages of tests.
IMAGE = "requirements-image.lock"
DECLARATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, BUILD = DECLARATION["project"], DECLARATION["build-system"]["requires"]
#: Without the project itself, by which the extra for developers asks for the other ones.
DECLARED = [
    requirement
    for group in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for each in group
    if (requirement := Requirement(each)).name != PROJECT["name"]
]

Pin = tuple[str, Version]


def text(lock: str) -> str:
    return (ROOT / lock).read_text(encoding="utf-8")


def pinned(lock: str) -> dict[Pin, set[str]]:
    """Each package and version, there more than once if for several platforms, with its hashes."""
    found: dict[Pin, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", text(lock).replace("\\\n", "")):
        if entry.strip() and not entry.startswith("#"):
            requirement = Requirement(re.split(r"\s+--hash=|\s+#", entry)[0].strip())
            [specifier] = requirement.specifier
            assert specifier.operator == "=="
            pin = (canonicalize_name(requirement.name), Version(specifier.version))
            found.setdefault(pin, set()).update(re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry))
    return found


def satisfied(requirement: Requirement, lock: str) -> bool:
    name = canonicalize_name(requirement.name)
    versions = [version for each, version in pinned(lock) if each == name]
    return bool(versions) and all(requirement.specifier.contains(each) for each in versions)


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_lock_satisfies_what_is_declared(requirement: Requirement) -> None:
    assert satisfied(requirement, ALL)


@pytest.mark.parametrize("lock", [ALL, IMAGE])
def test_every_package_has_hashes(lock: str) -> None:
    assert len(pinned(lock)) > 100
    assert [pin for pin, hashes in pinned(lock).items() if not hashes] == []


@pytest.mark.parametrize("lock", [ALL, IMAGE])
def test_lock_names_no_host_and_no_folder(lock: str) -> None:
    found = re.findall(r"://|file:| @ |--(?:extra-)?index|--find-links|--trusted", text(lock))
    assert found == []


def test_the_container_has_what_the_program_needs_in_the_tested_versions_and_no_more() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *extras["lake"], *extras["lineage"], *BUILD]
    assert [each for each in needed if not satisfied(Requirement(each), IMAGE)] == []
    tested, image = pinned(ALL), pinned(IMAGE)
    assert {pin: tested.get(pin) for pin in image} == image
    names = {name for name, _ in image}
    assert {"pytest", "ruff", "mypy", "moto", "playwright", "pip-audit"} & names == set()


@pytest.mark.parametrize("name", ["prefect", "great-expectations", "duckdb", "pandas", "requests"])
def test_what_the_user_fixed_is_a_direct_dependency(name: str) -> None:
    assert name in {canonicalize_name(Requirement(d).name) for d in PROJECT["dependencies"]}
