"""A night that is killed loses nothing, and the next one ends as if it had not been."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.crash.night import PHASES

ROOT = Path(__file__).resolve().parents[2]
KILLS, SEED = len(PHASES), 20261125


def test_nights_killed_in_every_phase_lose_nothing() -> None:
    """What ``make crash`` runs, with a kill a phase.

    In a process of its own: nights are forked, which a process that other tests used must not be.
    """
    arguments = ["--kills", str(KILLS), "--seed", str(SEED), "--processes", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.kills", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["corrupt"], result["lost"], result["differing"]) == (0, 0, 0), done.stdout
    assert result["kills"] == sum(result["by_phase"].values()) == KILLS
