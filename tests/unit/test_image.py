"""The container: its file, and the deployments that run in it, which no daemon here can run."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def deployments(name: str) -> dict[str, dict[str, Any]]:
    value = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return {each["name"]: each for each in value["deployments"]}


def test_containers_do_what_processes_do() -> None:
    """Name by name the same parameters, schedules and limits; only where they run is different."""
    here, there = deployments("prefect.yaml"), deployments("prefect.docker.yaml")
    assert {"nightly", "refresh", "verify"} <= set(there) <= set(here)
    for name, each in there.items():
        ours = dict(here[name])
        for key in ("work_pool", "entrypoint"):
            del ours[key]
        assert {k: v for k, v in each.items() if k not in ("work_pool", "entrypoint")} == ours
        path, function = here[name]["entrypoint"].split(":")
        assert each["entrypoint"] == f"{path.removesuffix('.py').replace('/', '.')}.{function}"
        module, _, found = each["entrypoint"].rpartition(".")
        assert getattr(importlib.import_module(module), found).name == name
        assert each["work_pool"]["name"] == "crimeclaims-docker"
        assert each["work_pool"]["job_variables"]["image"] == "crimeclaims"


def test_what_is_installed_is_what_the_lock_names_with_its_bytes() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert installs
    assert all("--no-deps" in line for line in installs)
    assert "--require-hashes --requirement requirements-image.lock" in installs[0]
    assert [line.split()[1] for line in lines if line.startswith("FROM")] == ["python:3.11-slim"]
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["crimeclaims"]
    assert not re.search(r"https?://|[a-z0-9-]+\.(io|com|org)/", "\n".join(lines))


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied: set[str] = set()
    for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY"):
            copied |= set(line.split()[1:-1])
    assert copied == kept
    assert [name for name in copied if not (ROOT / name).exists()] == []
