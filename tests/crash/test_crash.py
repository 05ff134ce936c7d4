"""A night that is killed loses nothing, and the next one ends as if it had not been."""

from __future__ import annotations

from pathlib import Path

from tests.crash.kills import crash
from tests.crash.night import PHASES
from tests.support_live import in_memory

KILLS, SEED = len(PHASES), 20261125


def test_nights_killed_in_every_phase_lose_nothing(tmp_path: Path) -> None:
    """``make crash KILLS=300`` is the same with more of them and another seed each time."""
    with in_memory(tmp_path) as folder:
        result = crash(KILLS, SEED, folder, lambda _: None)
    assert (result.corrupt, result.lost, result.differing) == (0, 0, 0), result.told
    assert sum(result.by_phase.values()) == KILLS
