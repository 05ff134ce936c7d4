"""How long each step may take, and why none is retried but one; every task and flow says both.

A limit ends a step that hangs: it is far above what the step was ever seen to take, so that a slow
machine is no failure, and low enough that the next night finds the way free. The limit of a flow
counts for all of its tasks together.

**Retries.** Asking a publisher is retried where it is asked (``datasets.http``): there it is known
whether a failure can pass, how long the publisher wants to be left alone, and when the deadline of
the dataset is over. A task that retried on top of that would ask again after the deadline. All
other steps read and write bytes of this machine: the same bytes give the same answer, or the same
error. A fetch can be resumed, so that the next refresh goes on where a failed one was. What is
retried is telling a webhook: a host that is restarted is back after seconds, and nothing else would
try again.
"""

from __future__ import annotations

from collections.abc import Sequence

from datasets.catalog import Dataset
from datasets.settings import Network, Settings

SECOND = 1.0
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

#: Reads every declaration, manifest and claim file, and checksums: seconds.
CHECK_INPUTS = 5 * MINUTE
#: Half a minute for what is bundled; all 8.6 million rows of Chicago's crimes take minutes. Beside
#: it there is the wait for another run, which has a limit of its own (``CRIMECLAIMS_LOCK_WAIT``).
BUILD = 120 * MINUTE
#: Seconds for a hundred claims, minutes for ten thousand with all their readings.
VERIFY = 30 * MINUTE
#: Seconds for a hundred claims; a page, charts and files for each.
REPORT = 30 * MINUTE
#: Reading two files of verdicts.
COMPARE = 5 * MINUTE
#: One attempt to tell a webhook; each connection and silence has shorter ones.
WEBHOOK = 1 * MINUTE

#: What is done with a dataset after its deadline for asking: parsing, checking, writing.
ARCHIVE = 30 * MINUTE
#: A dataset's own limit is worked out from its deadline; this is one for those that declare none.
FETCH = Network.deadline_seconds + ARCHIVE
#: A year of a dataset of millions of rows, which its source may serve slowly.
SLICE = 3 * HOUR
#: All datasets, one after another.
REFRESH = 16 * HOUR
#: A night ends before the next begins, which would be cancelled otherwise.
NIGHT = 23 * HOUR
#: Divided work waits for its parts, and starts those again that a worker lost: a day at most.
DIVIDED = NIGHT
#: A question of a person, who is waiting: the sum of the steps' limits.
ON_DEMAND = VERIFY + REPORT + COMPARE


def build(settings: Settings) -> float:
    """Seconds for a build, with the wait for another run that is allowed."""
    return settings.lock_wait_seconds + BUILD


def fetch(settings: Settings, datasets: Sequence[Dataset]) -> float:
    """Seconds to fetch these datasets, each of which has a deadline for asking."""
    usual = settings.network.deadline_seconds
    minutes = [dataset.source.deadline_minutes for dataset in datasets if dataset.source]
    return sum(max(usual, (declared or 0) * MINUTE) + ARCHIVE for declared in minutes)
