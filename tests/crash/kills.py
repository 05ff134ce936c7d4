"""Kill nights at random moments and see what is left: ``make crash KILLS=300``.

Each trial is a copy of one world whose last night was good. A forked child runs the steps of
tonight's flow and is killed by SIGKILL; another looks at what is left, runs the night again, and
compares what came of it with a night that nobody disturbed. Half the kills are at a random moment
of a phase, as long as the undisturbed night was in it; half are just before a file event of it (a
rename, an open, an fsync), each as likely as any other: so short phases are hit where it hurts.
For kills in ``verify`` and ``report`` half of the worlds have tonight's build already.

The last line is JSON: kills, by_phase, corrupt, lost, differing. Ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import select
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datasets.settings import Settings
from tests.crash import checks
from tests.crash.night import PHASES, Told, night, portals, stand_still, watch_files, world
from tests.support_live import in_memory

#: Longer than any night; a child that hangs fails the test.
SECONDS = 300.0
KILLED, AGAIN = "aaaaaa", "bbbbbb"


@dataclass(frozen=True)
class Reference:
    """An undisturbed night: where it began, how long its phases took, what came of it."""

    start: Path
    seconds: dict[str, float]
    events: dict[str, int]
    state: dict[str, str]


@dataclass
class Result:
    """What came of all trials. ``told``: a line for each thing that is wrong."""

    by_phase: dict[str, int] = field(default_factory=dict)
    corrupt: int = 0
    lost: int = 0
    differing: int = 0
    told: list[str] = field(default_factory=list)

    def line(self) -> str:
        value = {
            "kills": sum(self.by_phase.values()),
            "by_phase": {phase: self.by_phase.get(phase, 0) for phase in PHASES},
            "corrupt": self.corrupt,
            "lost": self.lost,
            "differing": self.differing,
        }
        return json.dumps(value)


def forked(work: Callable[[int], Any]) -> tuple[int, int]:
    """Run ``work(pipe)`` in a child; gives its process and the end of the pipe to read."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    code = 1
    try:
        os.close(reading)
        work(writing)
        code = 0
    except BaseException:  # noqa: BLE001 - a child must never return into the parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


def lines_until_end(pipe: int) -> list[tuple[float, str]]:
    """Every line a child tells, with when it came."""
    found = []
    with os.fdopen(pipe, encoding="utf-8") as file:
        for line in file:
            found.append((time.monotonic(), line.rstrip("\n")))
    return found


def ended(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def answer_of(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns, done in a child; so this process never opens DuckDB and can fork."""
    process, pipe = forked(lambda out: _write(out, json.dumps(work())))
    lines = lines_until_end(pipe)
    if ended(process) != 0:
        return {"failed": True}
    return dict(json.loads(lines[-1][1]))


def _write(pipe: int, text: str) -> None:
    with os.fdopen(pipe, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def undisturbed(settings: Settings, url: str, start: Path, trial: Path) -> Reference:
    """Run the night once as it is, from a copy of ``start``."""
    shutil.copytree(start, trial)

    def work(out: int) -> None:
        told = Told(out)
        watch_files(told, trial)
        stand_still(AGAIN, url)
        night(replace(settings, var=trial), told)
        os.write(out, json.dumps(told.events).encode() + b"\n")

    process, pipe = forked(work)
    lines = lines_until_end(pipe)
    if ended(process) != 0:
        raise RuntimeError("the undisturbed night failed: see above")
    times = [(at, said) for at, said in lines if said in (*PHASES, "end")]
    seconds = {phase: later - at for (at, phase), (later, _) in itertools.pairwise(times)}
    state = answer_of(lambda: _state(replace(settings, var=trial), AGAIN))
    return Reference(start, seconds, json.loads(lines[-1][1]), state)


def _state(settings: Settings, name: str) -> dict[str, str]:
    from flows import runs

    [run] = [run for run in runs.all_runs(settings) if run.run.endswith(name)]
    return checks.state(settings, run)


def killed(
    settings: Settings, url: str, reference: Reference, phase: str, dice: random.Random
) -> str | None:
    """Run a night in ``settings.var`` and kill it in ``phase``; the phase in which it died."""
    by_event = dice.random() < 0.5 and reference.events.get(phase, 0) > 0
    number = dice.randint(1, reference.events[phase]) if by_event else 0
    delay = dice.uniform(0, reference.seconds[phase])

    def work(out: int) -> None:
        told = Told(out, (phase, number) if by_event else None)
        if by_event:
            watch_files(told, settings.var)
        stand_still(AGAIN, url)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        night(settings, told)

    process, pipe = forked(work)
    said, deadline = "", time.monotonic() + SECONDS
    kill_at: float | None = None
    while True:
        wait = (kill_at or deadline) - time.monotonic()
        if wait <= 0 or not select.select([pipe], [], [], wait)[0]:
            os.kill(process, signal.SIGKILL)
            break
        new = os.read(pipe, 4096).decode()
        if not new:
            break
        said += new
        if kill_at is None and not by_event and phase in said.split():
            kill_at = time.monotonic() + delay
    while more := os.read(pipe, 4096).decode():
        said += more
    os.close(pipe)
    died = ended(process) == -signal.SIGKILL
    last = said.split()[-1] if said else ""
    return last if died and last in PHASES else None


def looked_at(
    settings: Settings, url: str, before: dict[str, str], reference: Reference
) -> dict[str, Any]:
    """In a child: what is wrong now, and after the night was run again."""
    from flows import runs

    found = checks.troubles(settings, before)
    kept = checks.archived(settings)
    done = [r for r in runs.all_runs(settings) if r.run.endswith(AGAIN) and r.ended]
    if not done:
        for path in settings.runs_dir.glob(f"*-{AGAIN}"):  # as if it had had another name
            record = path / runs.RECORD
            if record.is_file():
                record.write_text(record.read_text().replace(AGAIN, KILLED))
            path.rename(path.with_name(path.name.replace(AGAIN, KILLED)))
        stand_still(AGAIN, url)
        night(settings, lambda _: None)
    after = checks.troubles(settings, {**before, **kept})
    state = _state(settings, AGAIN)
    names = sorted(set(state) | set(reference.state))
    differing = [
        name if name in state and name in reference.state else f"{name} is only in one"
        for name in names
        if state.get(name) != reference.state.get(name)
    ]
    differing += [f"left behind: {name}" for name in checks.debris(settings)]
    return {
        "corrupt": [*found["corrupt"], *after["corrupt"]],
        "lost": [*found["lost"], *after["lost"]],
        "differing": differing,
    }


def crash(
    kills: int,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
    until: float = float("inf"),
    phases: Sequence[str] = PHASES,
) -> Result:
    """Kill ``kills`` nights in ``folder``, evenly over ``phases``; fewer if it is past ``until``.

    ``until``: of ``time.monotonic``.
    """
    dice = random.Random(seed)
    result = Result()
    settings = world(folder)
    with portals() as (before_url, url):
        good = folder / "good"

        def first(out: int) -> None:
            stand_still("000000", before_url)
            night(replace(settings, var=good), Told(out))

        process, pipe = forked(first)
        lines_until_end(pipe)
        if ended(process) != 0:
            raise RuntimeError("the first night failed: see above")
        fresh = undisturbed(settings, url, good, folder / "tonight")
        control = undisturbed(settings, url, good, folder / "control")
        if control.state != fresh.state:
            names = [n for n in fresh.state if control.state.get(n) != fresh.state[n]]
            raise RuntimeError(f"two undisturbed nights differ: {names}")
        shutil.copytree(folder / "tonight", folder / "built")
        for path in (folder / "built" / "runs").glob(f"*-{AGAIN}"):
            shutil.rmtree(path)
        again = undisturbed(settings, url, folder / "built", folder / "unchanged")
        say(f"phases of a night, seconds: {_rounded(fresh.seconds)}; file events: {fresh.events}")
        before = {ref.start: _archived(settings, ref.start) for ref in (fresh, again)}
        number, misses = 0, 0
        while number < kills and misses <= 3 * kills and time.monotonic() < until:
            phase = phases[number % len(phases)]
            light = phase in ("verify", "report") and dice.random() < 0.5
            reference = again if light else fresh
            trial = folder / "trial"
            shutil.rmtree(trial, ignore_errors=True)
            shutil.copytree(reference.start, trial, symlinks=True)
            own = replace(settings, var=trial)
            died = killed(own, url, reference, phase, dice)
            if died is None:  # it was quicker than the undisturbed night
                misses += 1
                continue
            number += 1
            result.by_phase[died] = result.by_phase.get(died, 0) + 1
            ref, known = reference, before[reference.start]
            found = answer_of(lambda o=own, r=ref, k=known: looked_at(o, url, k, r))
            if found.get("failed"):
                found = {"differing": ["the night that followed failed: see above"]}
            for kind in ("corrupt", "lost", "differing"):
                if found.get(kind):
                    setattr(result, kind, getattr(result, kind) + 1)
                    result.told.append(f"kill {number} in {died}: {kind}: {found[kind][:8]}")
                    say(result.told[-1])
            if number % 25 == 0:
                say(f"{number} of {kills} kills")
    return result


def _archived(settings: Settings, var: Path) -> dict[str, str]:
    return checks.archived(replace(settings, var=var))


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {phase: round(each, 3) for phase, each in seconds.items()}


def spread(
    kills: int,
    processes: int,
    seed: int,
    folder: Path,
    say: Callable[[str], None],
    until: float = float("inf"),
    phases: Sequence[str] = PHASES,
) -> Result:
    """``crash`` in so many processes, each with a world and a seed of its own: seed, seed + 1, …"""
    children = []
    for number in range(processes):
        own = folder / str(number)
        own.mkdir()
        part = kills // processes + (number < kills % processes)

        def work(out: int, part: int = part, number: int = number, own: Path = own) -> None:
            _write(out, json.dumps(asdict(crash(part, seed + number, own, say, until, phases))))

        children.append(forked(work))
    total = Result()
    for process, pipe in children:
        lines = lines_until_end(pipe)
        if ended(process) != 0:
            raise RuntimeError("a process of the crash test failed: see above")
        part = json.loads(lines[-1][1])
        counts = Counter(total.by_phase) + Counter(part["by_phase"])
        total.by_phase = dict(counts)
        total.corrupt += part["corrupt"]
        total.lost += part["lost"]
        total.differing += part["differing"]
        total.told += part["told"]
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--phase", action="append", choices=PHASES, help="only in these phases")
    given = parser.parse_args()
    until = time.monotonic() + given.minutes * 60

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    say(f"seed {given.seed}")
    with TemporaryDirectory() as otherwise, in_memory(Path(otherwise)) as folder:
        result = spread(
            given.kills, given.processes, given.seed, folder, say, until, given.phase or PHASES
        )
    say(result.line())
    return 1 if result.corrupt or result.lost or result.differing else 0


if __name__ == "__main__":
    sys.exit(main())
