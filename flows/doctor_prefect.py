"""Doctor's looks at the user's own Prefect server: is it there, does it let us in, will it run us.

Asked by plain HTTP, as importing Prefect takes seconds, and only where PREFECT_API_URL says so.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import yaml

from datasets.session import http_date
from datasets.settings import Settings
from flows.doctor_findings import Finding
from flows.prefect_settings import DEPLOYMENTS, own_server, prefect_home
from flows.runs import SKEW_SECONDS

SECONDS = 10.0
DEPLOY = "from the project's folder: prefect deploy --all"


class _RefusedError(Exception):
    """The server answered, but not with what was asked for."""


def prefect(settings: Settings) -> Iterator[Finding]:
    url = own_server()
    if not url:
        home = prefect_home(settings)
        yield Finding("ok", "Prefect", f"a temporary server a run, with its files in {home}")
        return
    shown = _without_password(url)
    with requests.Session() as session:
        session.trust_env = False  # no netrc, no proxy: what runs would reach
        session.headers.update(_credentials())
        ask = _Server(url.rstrip("/"), session)
        try:
            yield from _server(ask, shown)
            declared = _declared()
            for pool in dict.fromkeys(each["work_pool"]["name"] for each in declared):
                yield from _pool(ask, pool)
            for each in declared:
                yield from _deployment(ask, each)
        except requests.RequestException as error:
            text = f"the server at {shown} cannot be reached: {type(error).__name__}"
            mend = "start it (prefect server start), or set PREFECT_API_URL to where it is"
            yield Finding("problem", "Prefect", text, f"{mend}; unset, a run has its own")
        except _RefusedError as error:
            text, _, mend = str(error).partition("\n")
            yield Finding("problem", "Prefect", text, mend or None)


def _credentials(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """As Prefect's own client sends them."""
    if key := environ.get("PREFECT_API_KEY"):
        return {"Authorization": f"Bearer {key}"}
    if auth := environ.get("PREFECT_API_AUTH_STRING"):
        name, _, password = auth.partition(":")
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}


class _Server:
    def __init__(self, url: str, session: requests.Session) -> None:
        self.url, self.session = url, session

    def __call__(self, path: str, body: Any = None) -> requests.Response:
        """The answer; 404 is one too. Raises _RefusedError for any other that is no success."""
        method = "GET" if body is None else "POST"
        answer = self.session.request(
            method, f"{self.url}/{path}", json=body, timeout=SECONDS, allow_redirects=False
        )
        if answer.status_code in (401, 403):
            given = "PREFECT_API_AUTH_STRING" in os.environ or "PREFECT_API_KEY" in os.environ
            why = "it refuses the password it is given" if given else "it wants a password"
            raise _RefusedError(
                f"{_without_password(self.url)} answers {answer.status_code}: {why}\n"
                "set PREFECT_API_AUTH_STRING to the server's PREFECT_SERVER_API_AUTH_STRING"
            )
        if answer.status_code != 404 and not answer.ok:
            raise _RefusedError(
                f"{_without_password(self.url)}/{path} answers {answer.status_code}"
            )
        return answer

    def value(self, path: str, body: Any = None) -> Any:
        """The JSON of an answer, None for 404. Raises _RefusedError if it is none."""
        answer = self(path, body)
        if answer.status_code == 404:
            return None
        try:
            return answer.json()
        except ValueError:
            raise _RefusedError(
                f"{_without_password(self.url)} does not answer as a Prefect server does\n"
                "PREFECT_API_URL ends with /api, as in http://127.0.0.1:4200/api"
            ) from None


def _server(ask: _Server, shown: str) -> Iterator[Finding]:
    there = ask.value("admin/version")
    if not isinstance(there, str):
        raise _RefusedError(
            f"{shown} does not answer as a Prefect server does\n"
            "PREFECT_API_URL ends with /api, as in http://127.0.0.1:4200/api"
        )
    text, ours = f"runs go to the server at {shown}, Prefect {there}", version("prefect")
    if there.split(".")[:2] != ours.split(".")[:2]:
        yield Finding("warning", "Prefect", f"{text}; here is {ours}", "install the same version")
    else:
        yield Finding("ok", "Prefect", text)
    sent = http_date(ask("health").headers.get("Date", ""))
    if sent is None:
        return
    skew = (dt.datetime.now(dt.UTC) - sent).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        text = f"{abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} the Prefect server's"
        yield Finding("problem", "clock", text, "set both clocks by NTP: schedules depend on them")


def _pool(ask: _Server, name: str) -> Iterator[Finding]:
    what, path = "work pool", f"work_pools/{quote(name, safe='')}"
    pool = ask.value(path)
    if pool is None:
        mend = f"prefect work-pool create {name} --type process"
        yield Finding("problem", what, f"there is no work pool {name}", mend)
        return
    if pool["is_paused"]:
        mend = f"prefect work-pool resume {name}"
        yield Finding("problem", what, f"{name} is paused: nothing is run", mend)
    else:
        yield Finding("ok", what, f"{name}, of type {pool['type']}")
    workers = ask.value(f"{path}/workers/filter", {}) or []
    online = [each["name"] for each in workers if each["status"] == "ONLINE"]
    if online:
        yield Finding("ok", "worker", f"{', '.join(sorted(online))} online")
    else:
        mend = f"prefect worker start --pool {name}"
        text = f"none of {name} is online: what is due waits"
        yield Finding("problem", "worker", text, mend)


def _declared() -> list[dict[str, Any]]:
    """The deployments of prefect.yaml; none where the project has no such file."""
    if not DEPLOYMENTS.is_file():
        return []
    # Not our own reader: Prefect's file may have aliases.
    value = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = value["deployments"]
    return found


def _deployment(ask: _Server, declared: dict[str, Any]) -> Iterator[Finding]:
    flow = declared["entrypoint"].partition(":")[2].replace("_", "-")
    name = f"{flow}/{declared['name']}"
    there = ask.value(f"deployments/name/{name}")
    if there is None:
        yield Finding("problem", "deployment", f"{name} is not deployed", DEPLOY)
        return
    differs = list(_differences(declared, there))
    if differs:
        yield Finding("problem", "deployment", f"{name}: {'; '.join(differs)}", DEPLOY)
        return
    crons = [each["cron"] for each in declared.get("schedules") or ()]
    text = f"{name}, {'at ' + ', '.join(crons) if crons else 'on demand'}, as declared"
    yield Finding("ok", "deployment", text)


def _differences(declared: dict[str, Any], there: dict[str, Any]) -> Iterator[str]:
    if there.get("paused"):
        yield "is paused"
    if there["work_pool_name"] != declared["work_pool"]["name"]:
        yield f"is of work pool {there['work_pool_name']}"
    known = {each.get("slug"): each for each in there["schedules"]}
    for each in declared.get("schedules") or ():
        found = known.pop(each["slug"], None)
        if found is None:
            yield f"has no schedule {each['slug']}"
            continue
        if bool(found["active"]) != each.get("active", True):
            yield f"schedule {each['slug']} is {'active' if found['active'] else 'not active'}"
        for key in ("cron", "timezone"):
            if found["schedule"].get(key) != each[key]:
                yield f"schedule {each['slug']} has {key} {found['schedule'].get(key)}"
    for slug in known:
        yield f"has a schedule {slug} that is not declared"
    for key, value in (declared.get("parameters") or {}).items():
        if there["parameters"].get(key) != value:
            yield f"has {key}={there['parameters'].get(key)!r}, not {value!r}"
    limit = declared.get("concurrency_limit")
    limit = limit["limit"] if isinstance(limit, dict) else limit
    if (there.get("global_concurrency_limit") or {}).get("limit") != limit:
        yield "may run in another number at once than declared"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
