"""The command line. Every command imports what it needs when it runs, so that each starts fast."""

from __future__ import annotations

import datetime as dt
import io
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from datasets.disk import disk_trouble
from datasets.errors import CrimeclaimsError
from datasets.settings import load_settings, var_folder
from flows import authoring
from flows.diff_command import diff
from flows.fetch_command import fetch
from flows.options import AS_OF, EXIT_CODES, FORMAT, day, epilog
from flows.prune_command import prune
from flows.replay_command import replay
from flows.report_command import report
from flows.serve_command import automations, serve
from flows.vintages_command import vintages

if TYPE_CHECKING:
    from flows.output import Format

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    context_settings=CONTEXT,
    epilog=f"""\b
Examples:
  crimeclaims run                      build if anything changed, verify all claims, write a report
  crimeclaims verify a1 b2             two claims against the current build
  crimeclaims verify --as-of 2017-08-16 --format json
  crimeclaims explain a1               why a claim has its label: readings, figures, SQL, sources
  crimeclaims report --open            the report of the newest run, in a browser

{EXIT_CODES}""",
)
@click.version_option(package_name="crimeclaims")
@click.option("--debug", is_flag=True, help="Show tracebacks (or set CRIMECLAIMS_DEBUG=1).")
def cli(debug: bool) -> None:
    """Check what people say about crime against the published figures."""
    if debug:
        os.environ["CRIMECLAIMS_DEBUG"] = "1"


def command(name: str, *examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command whose help ends with examples and the exit codes."""
    return cli.command(name, epilog=epilog(*examples))


@command("run", "run", "run --source auto", "run --as-of 2017-08-16")
@click.option(
    "--source",
    type=click.Choice(["bundled", "auto", "live"]),
    default="bundled",
    show_default=True,
    help="Where figures come from. bundled: those that ship with the project. auto: also those "
    "that were fetched, after asking the publishers for newer ones. live: as auto, but it ends "
    "with 3 if a publisher could not be asked.",
)
@AS_OF
@click.option(
    "--data-docs", is_flag=True, help="Also write Great Expectations' own pages on the validation."
)
def run(
    source: Literal["bundled", "auto", "live"], as_of: dt.datetime | None, data_docs: bool
) -> None:
    """Run the nightly flow: fetch, build, validate, publish, verify, report.

    If nothing changed, nothing is built. A second run waits until a first has ended.
    """
    from flows.run_command import run_nightly

    run_nightly(load_settings(), source, day(as_of), data_docs)


@command("verify", "verify", "verify a1 b7", "verify --as-of 2017-08-16 --format csv")
@click.argument("claims", nargs=-1, metavar="[CLAIM]...")
@AS_OF
@FORMAT
def verify(claims: tuple[str, ...], as_of: dt.datetime | None, format_: Format) -> None:
    """Verify claims against the current build; without a name, all of them.

    JSON has every reading with its figures; `crimeclaims schema` describes it.
    """
    from checks import verify as engine
    from flows import output, verdicts

    full, with_readings = format_ == "json", format_ != "table"
    found = engine.verify(
        load_settings(), claims, day(as_of), full=full, with_readings=with_readings
    )
    if format_ == "json":
        output.write(verdicts.verdicts_json(found))
    elif format_ == "csv":
        output.emit(verdicts.CSV_COLUMNS, verdicts.csv_rows(found), "csv")
    else:
        output.write(verdicts.verdicts_text(found))


@command("explain", "explain a1", "explain b7 --all", "explain a1 --format json")
@click.argument("claim")
@AS_OF
@click.option(
    "--sql", "with_sql", is_flag=True, help="Print the SQL, not only the names of its files."
)
@click.option("--all", "everything", is_flag=True, help="Print every reading with its figures.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def explain(
    claim: str, as_of: dt.datetime | None, with_sql: bool, everything: bool, format_: str
) -> None:
    """Show why one claim has its label: readings, figures, caveats, SQL and sources.

    Shown are the readings that weigh most; JSON has all of them, with every figure.
    """
    from flows import output
    from flows.explain import explanation
    from flows.explain_text import to_text

    found = explanation(load_settings(), claim, day(as_of))
    if format_ == "json":
        output.write(output.to_json(found.to_dict()))
    else:
        output.write(to_text(found, with_sql=with_sql, everything=everything))


@command("datasets", "datasets", "datasets --format csv")
@FORMAT
def datasets(format_: Format) -> None:
    """List the datasets with their publishers and snapshots."""
    from flows import listings, output

    output.emit(*listings.datasets(load_settings(), brief=format_ == "table"), format_)


@command("claims", "claims", "claims --format json")
@FORMAT
def claims(format_: Format) -> None:
    """List the claims with the words they quote."""
    from flows import listings, output

    output.emit(*listings.claims(load_settings(), brief=format_ == "table"), format_)


@command("check-claims", "check-claims checks/claims/*.yml", "check-claims draft.yml")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
def check_claims(files: tuple[Path, ...]) -> None:
    """Validate claim files without a build: keys, kinds, places, measures, dates."""
    from checks.claims_file import read_claim_files
    from flows import output

    for path, file in zip(files, read_claim_files(files), strict=True):
        tests = sum(len(claim.tests) for claim in file.claims)
        output.write(f"{path}: ok, {len(file.claims)} claims with {tests} tests")


@command(
    "sql",
    """sql "SELECT year, value FROM mart.series WHERE measure = 'murder'" --limit 20""",
    'sql "FROM meta.snapshot" --format csv --limit 0',
    "sql - < query.sql",
)
@click.argument("query")
@FORMAT
@click.option(
    *("--limit", "limit"),
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Print at most so many rows; 0: all.",
)
def sql(query: str, format_: Format, limit: int) -> None:
    """Ask the current build. QUERY is DuckDB SQL, or - to read it from standard input.

    It can only read, and reaches no file and no network.
    """
    from flows.sql_command import run_query

    run_query(load_settings(), sys.stdin.read() if query == "-" else query, format_, limit)


@command("doctor", "doctor")
def doctor() -> None:
    """Say what is installed, where things are, what is wrong and how to mend it.

    Ends with 0 if all is well, with 2 if there is a problem.
    """
    from flows import output
    from flows.doctor import examine, to_text

    findings = examine(load_settings())
    output.write(to_text(findings))
    if any(finding.state == "problem" for finding in findings):
        raise click.exceptions.Exit(2)


@command("schema", "schema > verdicts.schema.json", "schema --of claims > claims.schema.json")
@click.option(
    "--of",
    type=click.Choice(["verify", "claims"]),
    default="verify",
    show_default=True,
    help="Of what `verify --format json` prints, or of claim files (for completion in editors).",
)
def schema(of: Literal["verify", "claims"]) -> None:
    """Print a JSON Schema: of what `verify --format json` prints, or of claim files."""
    from checks import claim_schema
    from checks import verify as engine
    from flows import output

    output.write(
        output.to_json(engine.schema() if of == "verify" else claim_schema.claims_schema())
    )


COMMANDS = (report, fetch, vintages, diff, replay, prune, serve, automations)
for each in (*COMMANDS, authoring.new_claim, authoring.try_claim):
    cli.add_command(each)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; a traceback is shown only if asked for."""
    os.umask(os.umask(0) | 0o022)  # what is made here is not for others to change
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without é still gets the rest
    try:
        code = cli.main(arguments, prog_name="crimeclaims", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", None, 130)
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except CrimeclaimsError as error:
        return _fail(str(error), error.next_step, error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        if known := disk_trouble(error, var_folder()):
            return _fail(str(known), known.next_step, known.exit_code)
        message = f"internal: {type(error).__name__}: {error}".splitlines()[0]
        return _fail(message, "see where with: crimeclaims --debug …", 4)
    return code if isinstance(code, int) else 0


def _fail(message: str, next_step: str | None, code: int) -> int:
    """Say what went wrong and what to do, on standard error. To be called while it is handled."""
    if os.environ.get("CRIMECLAIMS_DEBUG"):
        traceback.print_exc()
    click.echo(f"{click.style('error:', fg='red')} {message}", err=True)
    if next_step:
        click.echo(f"{click.style('next:', fg='yellow')} {next_step}", err=True)
    return code
