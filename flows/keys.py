"""Keys of publishers from Prefect's Secret blocks, for flows that run where nobody sets variables.

A block is named ``crimeclaims-key-<dataset or protocol>``, with ``-`` for ``_``: the key that
``CRIMECLAIMS_KEY_CHICAGO_HOMICIDES`` would set is in ``crimeclaims-key-chicago-homicides``. A
variable that is set counts, and its block is not read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from datasets.access import KEY_PREFIX
from datasets.catalog import Dataset
from datasets.errors import InputError

BLOCK_PREFIX = "crimeclaims-key-"


def block_name(name: str) -> str:
    """The name of the block of a dataset's or protocol's key."""
    return BLOCK_PREFIX + name.replace("_", "-")


@contextmanager
def keys_from_blocks(datasets: Sequence[Dataset]) -> Iterator[None]:
    """The keys of these datasets' sources, as if they were set in the environment, while inside.

    There they are known as secrets, and are taken out of every message. Raises InputError naming a
    block that holds no text.
    """
    names = dict.fromkeys(
        name for d in datasets if d.source is not None for name in (d.name, d.source.protocol)
    )
    unset = [name for name in names if not os.environ.get(KEY_PREFIX + name.upper(), "").strip()]
    found = {KEY_PREFIX + name.upper(): key for name, key in _read(unset)}
    before = {variable: os.environ.get(variable) for variable in found}
    os.environ.update(found)
    try:
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _read(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not names:
        return
    # Not Secret.load(…).get(): it takes a key of digits for a number.
    with get_client(sync_client=True) as client:
        for name in names:
            try:
                block = client.read_block_document_by_name(block_name(name), "secret")
            except ObjectNotFound:
                continue
            value = block.data.get("value")
            if not isinstance(value, str) or not value.strip():
                raise InputError(
                    f"the Prefect block secret/{block_name(name)} holds no text",
                    next_step="save the key itself in it, as a string",
                )
            yield name, value.strip()
