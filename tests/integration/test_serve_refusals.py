"""What ``crimeclaims serve`` refuses, before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from filelock import FileLock

from datasets.settings import Settings
from tests.conftest import Cli

AUTH = "PREFECT_SERVER_API_AUTH_STRING"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


def nothing_started(settings: Settings) -> bool:
    return not list(settings.var.rglob("*.log"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_machines_need_a_password(cli: Cli, settings: Settings, host: str) -> None:
    refused = cli(settings, "serve", "--host", host, "--port", "0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"other machines could reach {host}, and no password is set" in refused.stderr
    assert f"next: export {AUTH}=" in refused.stderr
    assert nothing_started(settings)


@pytest.mark.parametrize("auth", ["planted", "planted:", ":planted"])
def test_a_password_without_a_name_is_refused_and_not_said(
    cli: Cli, settings: Settings, auth: str
) -> None:
    refused = cli(settings, "serve", "--port", "0", env={AUTH: auth, "PREFECT_HOME": ""})
    assert refused.returncode == 2
    assert f"{AUTH} is not of the form name:password" in refused.stderr
    assert "planted" not in refused.stderr


def test_a_taken_port_is_named(cli: Cli, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = cli(settings, "serve", "--port", port)
    assert refused.returncode == 2
    assert f"cannot serve on 127.0.0.1, port {port}: address already in use" in refused.stderr
    assert "next: name another port with --port" in refused.stderr
    assert nothing_started(settings)


def test_two_do_not_serve_from_one_folder(cli: Cli, settings: Settings) -> None:
    home = settings.var / "prefect" / "serve"
    home.mkdir(parents=True)
    with FileLock(home / "serve.lock"):
        refused = cli(settings, "serve", "--port", "0", env={"PREFECT_HOME": ""})
    assert refused.returncode == 2
    assert f"another crimeclaims serve uses {home}" in refused.stderr
    assert nothing_started(settings)


def test_automations_need_a_server(cli: Cli, settings: Settings) -> None:
    refused = cli(settings, "automations")
    assert refused.returncode == 2
    assert "next: export PREFECT_API_URL=" in refused.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    gone = cli(settings, "automations", env={"PREFECT_API_URL": url})
    assert gone.returncode == 3
    assert f"the Prefect server at {url} cannot be reached" in gone.stderr
