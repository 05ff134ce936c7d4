"""Every protocol under every fault of its publisher: the complete right data, or a named error.

Never silently less, and never a change to what was archived before. The matrix is printed at the
end.
"""

from __future__ import annotations

import copy
import datetime as dt
import ipaddress
import shutil
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from datasets.archive import verify_bytes, verify_parts
from datasets.errors import SourceFailed, SourceWrong
from datasets.fetch import Fetched
from tests.emulators.server import Reply, Request, serving
from tests.faults.source_rigs import RIGS
from tests.faults.source_site import Site
from tests.faults.source_troubles import CALLED, OWN_ENDS, OWN_ONCE, TROUBLES, Trouble
from tests.support_live import FAST, files_below, get, in_memory

#: Waits of a few milliseconds, where a cell waits at all.
QUICK = replace(FAST, backoff_seconds=0.001, max_wait_seconds=0.01)

TARGETS = {
    "socrata": ("metadata", "count", "page"),
    "slices": ("metadata", "count", "page", "slice count"),
    "file": ("file",),
    "signed zip": ("address", "zip"),
    "cde": ("probe", "series"),
    "arcgis": ("layer", "count", "page"),
    "census": ("table",),
}
OWN = {
    "socrata": (
        *("row inserted while paging", "row deleted while paging", "duplicate page"),
        *("empty page too early", "row for row", "page in another order", "updated while paging"),
        *("stale replica", "field gone", "field of another type"),
        *("count that is no number", "count of a thousand digits", "updated at no number"),
    ),
    "slices": (
        *("row inserted while paging", "row deleted while paging", "duplicate page"),
        *("empty page too early", "row for row", "page in another order", "updated while paging"),
        *("stale replica", "field gone", "field of another type"),
        *("count that is no number", "count of a thousand digits", "updated at no number"),
        "row in no slice",
        *("row moves to a slice that was read", "row moves out of a slice that was read"),
        "rows change slices",
    ),
    "file": (
        *("field gone", "field of another type", "row twice", "cut in a row"),
        "modified in no year",
    ),
    "signed zip": (
        *("field gone", "field of another type", "zip cut off", "zip damaged", "zip bomb"),
        *("path out of the zip", "member missing", "not published"),
    ),
    "cde": (
        *("refreshed while fetching", "unknown agency", "no key", "over the rate limit"),
        *("bad date", "no refresh named", "series of another name", "fields moved"),
    ),
    "arcgis": (
        *("row inserted while paging", "row deleted while paging", "duplicate page"),
        *("empty page too early", "row for row", "page in another order", "updated while paging"),
        *("field gone", "field of another type", "error 400 with 200", "429 in words"),
        *("429 with 200", "token required", "no rows, but more"),
        *("count that is no number", "count of a thousand digits", "pages of no number"),
        "edited in no year",
    ),
    "census": (
        *("no key", "field gone", "field there twice", "field of another type"),
        *("number for a text", "row of another length", "row twice", "header only"),
        "no such variable",
    ),
}

#: Those that keep what they were answered, for the next attempt.
RESUMABLE = ("slices", "cde")

#: (trouble, row of the table) -> how it ended.
MATRIX: dict[tuple[str, str], str] = {}


@dataclass
class Stage:
    """A rig with its first version archived in ``first``, its second one out, as ``app`` was."""

    site: Site
    first: Path
    app: dict[str, Any]


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with in_memory(tmp_path_factory.mktemp("matrix")) as folder:
        yield folder


@pytest.fixture(scope="module")
def stages(memory: Path) -> Iterator[Callable[[str], Stage]]:
    """Each rig, made once: its server serves all cells of a row."""
    made: dict[str, Stage] = {}
    with ExitStack() as stack:

        def stage(name: str) -> Stage:
            if name not in made:
                folder = memory / name
                site = stack.enter_context(RIGS[name](folder))
                with pytest.MonkeyPatch.context() as patch:
                    for variable, value in site.env().items():
                        patch.setenv(variable, value)
                    assert isinstance(get(site.settings, site.name), Fetched)
                first = site.settings.var.rename(folder / "first")
                site.publish()
                made[name] = Stage(site, first, copy.deepcopy(vars(site.server.app)))
            return made[name]

        yield stage


@pytest.fixture
def site(
    request: pytest.FixtureRequest,
    stages: Callable[[str], Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    """A publisher whose first version is archived and whose second one is out."""
    stage = stages(request.param)
    there = stage.site
    for variable, value in there.env().items():
        monkeypatch.setenv(variable, value)
    shutil.rmtree(there.settings.var, ignore_errors=True)
    shutil.copytree(stage.first, there.settings.var)
    vars(there.server.app).update(copy.deepcopy(stage.app))
    there.server.fault = None
    there.server.requests.clear()
    return there


def outcome(site: Site, trouble: Trouble | None = None) -> str:
    """Fetch the new version: ``data`` if all of it is there; else what is wrong, nothing done."""
    before = archived(site)
    network = replace(QUICK, **(trouble.network if trouble else {}))
    failed: SourceFailed | None = None
    try:
        fetched = get(site.settings, site.name, network=network)
    except SourceFailed as error:
        failed = error
    after = archived(site)
    if failed is not None:
        assert after == before
        assert failed.exit_code == 3
        assert str(failed).startswith("made_up: ")
        assert failed.next_step
        return failed.fault if isinstance(failed, SourceWrong) else "unreachable"
    assert isinstance(fetched, Fetched)
    assert site.read(fetched.snapshot.path) == site.table()
    verify_bytes(fetched.snapshot)
    verify_parts(fetched.snapshot)
    old = {name: sha for name, sha in before.items() if not name.endswith("checked.json")}
    assert old.items() <= after.items()
    return "data"


def archived(site: Site) -> dict[str, str]:
    """What is archived, without what a fetch that failed keeps for the next attempt."""
    files = files_below(site.settings.archive_dir)
    return {name: sha for name, sha in files.items() if not name.startswith(".partial/")}


CELLS = [
    pytest.param(name, target, trouble, id=f"{name}-{target}-{trouble.name}")
    for name, targets in TARGETS.items()
    for target in targets
    for trouble in TROUBLES
]


@pytest.mark.parametrize(("site", "target", "trouble"), CELLS, indirect=["site"])
def test_a_fault_of_http(site: Site, target: str, trouble: Trouble) -> None:
    hits = site.targets[target]
    site.server.fault = trouble.fault(hits)
    ended = outcome(site, trouble)
    MATRIX[trouble.name, f"{site.protocol} {target}"] = ended
    assert any(hits(request) for request in site.server.requests)
    called = CALLED.get(site.protocol, {})
    assert ended in {called.get(end, end) for end in trouble.ends}
    assert len(site.server.requests) < 40, "a client that does not give up"
    if ended != "data" and site.protocol in RESUMABLE:
        site.server.fault = None
        assert outcome(site) == "data", "what was kept does not stand in the way"


OWN_CELLS = [(name, trouble) for name, troubles in OWN.items() for trouble in troubles]


@pytest.mark.parametrize(("site", "trouble"), OWN_CELLS, indirect=["site"])
def test_a_fault_of_the_protocol(site: Site, trouble: str) -> None:
    site.server.fault = site.own[trouble]()
    ended = outcome(site)
    MATRIX[trouble, site.protocol] = ended
    assert ended in OWN_ENDS[trouble]
    if trouble == "rows change slices":  # what was kept of it would be wrong for ever
        site.server.fault = None
        assert outcome(site) == "data"


ONCE_CELLS = [(name, trouble) for name, troubles in OWN_ONCE.items() for trouble in troubles]


@pytest.mark.parametrize(("site", "trouble"), ONCE_CELLS, indirect=["site"])
def test_a_table_that_moves_once_is_read_anew(site: Site, trouble: str) -> None:
    """The fault ends with the first reading; the second must be of the table as it then is."""
    page = site.targets["page"]
    fault, left = site.own[trouble](), [1 if trouble == "error 400 with 200" else 2]

    def once(request: Request, reply: Reply) -> Reply:
        left[0] -= page(request)
        return fault(request, reply) if left[0] >= 0 else reply

    site.server.fault = once
    ended = outcome(site)
    MATRIX[f"{trouble}, once", site.protocol] = ended
    assert ended == "data"
    counts = [r for r in site.server.requests if site.targets["count"](r)]
    assert len(counts) >= (2 if trouble == "error 400 with 200" else 3)


@pytest.mark.parametrize("site", list(RIGS), indirect=True)
def test_a_certificate_that_nobody_vouches_for(
    site: Site, self_signed: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(site.server.app, self_signed) as server:
        monkeypatch.setenv("CRIMECLAIMS_BASE_URL_MADE_UP", server.url)
        ended = outcome(site)
    MATRIX["invalid TLS", site.protocol] = ended
    assert ended == "unreachable"
    assert not server.requests


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's context with a certificate for loopback, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("site", list(RIGS), indirect=True)
def test_without_a_fault_there_are_the_data(site: Site) -> None:
    assert outcome(site) == "data"


@pytest.mark.parametrize("site", list(RIGS), indirect=True)
def test_the_rigs_offer_what_the_matrix_asks_for(site: Site) -> None:
    [name] = [name for name, targets in TARGETS.items() if tuple(site.targets) == targets]
    assert tuple(site.own) == OWN[name]


def test_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what was seen; runs last in this file."""
    columns = list(dict.fromkeys(column for _, column in MATRIX))
    rows = list(dict.fromkeys(row for row, _ in MATRIX))
    if len(MATRIX) < 120:
        pytest.skip("only a part of the matrix ran")
    with capsys.disabled():
        print(f"\n\n{'fault':32}" + "".join(f"{column:20}" for column in columns))  # noqa: T201
        for row in rows:
            cells = "".join(f"{MATRIX.get((row, column), ''):20}" for column in columns)
            print(f"{row:32}{cells}".rstrip())  # noqa: T201
        print(f"{len(MATRIX)} cells")  # noqa: T201
