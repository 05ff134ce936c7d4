"""How large a report is and how fast it is made, of many claims.

    python tests/benchmarks/report.py --claims 1000
    python tests/benchmarks/report.py --claims 1000 --current

The bundled claims are verified on a build (one that is made for it, or the current one) and told
again under other ids until there are as many as asked for, with as many documents to a claim as
the bundled ones have. The last line is JSON:

    claims, pages, pages_per_second (of processor time), page_kb (of claims: mean, largest),
    front_kb, total_mb, peak_mb

Seconds differ between machines; bytes do not.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from checks.claim_models import ClaimFile
from checks.models import Verdict
from checks.report import FRONT, RunInfo, pages
from checks.report.sources import Warehouse
from checks.verify import claim_files, verify
from datasets.settings import Settings, load_settings
from datasets.warehouse import Build, current_build, reader
from flows import steps


def many(
    files: list[ClaimFile], verdicts: list[Verdict], claims: int
) -> tuple[list[ClaimFile], list[Verdict]]:
    """The same documents and verdicts again and again, each time under other ids."""
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    some_files: list[ClaimFile] = []
    some_verdicts: list[Verdict] = []
    for turn in range(claims // len(verdicts) + 1):
        for file in files:
            left = claims - len(some_verdicts)
            if left <= 0:
                break
            told = [
                claim.model_copy(update={"id": f"{claim.id}-{turn}"[:64] if turn else claim.id})
                for claim in file.claims[:left]
            ]
            id_ = f"{file.document.id}-{turn}" if turn else file.document.id
            document = file.document.model_copy(update={"id": id_})
            some_files.append(ClaimFile(document=document, claims=tuple(told)))
            some_verdicts += [
                by_claim[old.id].model_copy(update={"claim": new.id, "document": id_})
                for old, new in zip(file.claims, told, strict=False)
            ]
    return some_files, some_verdicts


def measure(build: Build, settings: Settings, claims: int) -> dict[str, object]:
    files = claim_files(settings)
    verdicts = verify(settings, build=build, full=True)
    files, verdicts = many(files, verdicts, claims)
    run = RunInfo("benchmark", dt.datetime.now(dt.UTC), build.id, build.published_at)
    sizes: dict[str, int] = {}
    with reader(settings, build.path) as con:
        begin = time.process_time()
        for path, text in told(pages(con, Warehouse(con, verdicts), files, run), claims):
            sizes[path] = len(text.encode() if isinstance(text, str) else text)
        seconds = time.process_time() - begin
    of_claims = [size for path, size in sizes.items() if path.startswith("claims/")]
    return {
        "claims": len(verdicts),
        "pages": len(sizes),
        "pages_per_second": round(len(sizes) / seconds, 1),
        "page_kb": [round(statistics.mean(of_claims) / 1000, 1), round(max(of_claims) / 1000, 1)],
        "front_kb": round(sizes[FRONT] / 1000, 1),
        "total_mb": round(sum(sizes.values()) / 1e6, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def told(
    found: Iterator[tuple[str, str | bytes]], claims: int
) -> Iterator[tuple[str, str | bytes]]:
    """Say on a terminal how far it is."""
    for n, each in enumerate(found):
        if sys.stderr.isatty() and n % 50 == 0:
            print(f"\r{n} pages of about {claims}", end="", file=sys.stderr)
        yield each


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=int, default=1000)
    parser.add_argument("--current", action="store_true", help="use the current build")
    options = parser.parse_args()
    if options.current:
        settings = load_settings()
        print(json.dumps(measure(current_build(settings), settings, options.claims)))
        return
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var=Path(folder))
        print("making a build of the bundled data", file=sys.stderr)
        built = steps.build(settings, fetched=False)
        print(json.dumps(measure(built.build, settings, options.claims)))


if __name__ == "__main__":
    main()
