"""The automations of ``automations*.yaml`` on a server: made, or brought up to date by name.

Who is told is a notification block named ``crimeclaims-notify``, which a person makes in Prefect's
pages: it holds an address that belongs in no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import BlockDocument
from prefect.events.schemas.automations import AutomationCore

from datasets.errors import InputError

FILES = tuple(sorted(Path(__file__).parent.glob("automations*.yaml")))
BLOCK = "crimeclaims-notify"
CAPABILITY = "notify"
TELL = "send-notification"


@dataclass(frozen=True)
class Made:
    """An automation that is on the server now. ``tells``: the type of the block, None: nobody.

    ``acts``: it does something itself, whoever is told.
    """

    name: str
    outcome: Literal["created", "updated"]
    tells: str | None
    acts: bool


def apply(files: Sequence[Path] = FILES) -> list[Made]:
    """Make or update every automation of the files. Raises InputError for a block of another kind.

    One that a person switched off stays off.
    """
    texts = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    with get_client(sync_client=True) as client:
        block = _block(client)
        return [_apply(client, value, block) for each in texts for value in each["automations"]]


def _apply(client: SyncPrefectClient, value: dict[str, Any], block: BlockDocument | None) -> Made:
    there = next(iter(client.read_automations_by_name(value["name"])), None)
    telling = any(action["type"] == TELL for action in value["actions"])
    actions = [
        action if action["type"] != TELL else _told(action, block) for action in value["actions"]
    ]
    enabled = there.enabled if there else True
    wanted = AutomationCore.model_validate({**value, "actions": actions, "enabled": enabled})
    if there:
        client.update_automation(there.id, wanted)
    else:
        client.create_automation(wanted)
    tells = block.block_type.name if telling and block and block.block_type else None
    acts = any(action["type"] != TELL for action in value["actions"])
    return Made(wanted.name, "updated" if there else "created", tells, acts)


def _told(action: dict[str, Any], block: BlockDocument | None) -> dict[str, Any]:
    return {**action, "block_document_id": str(block.id)} if block else {"type": "do-nothing"}


def _block(client: SyncPrefectClient) -> BlockDocument | None:
    only = {"block_documents": {"name": {"any_": [BLOCK]}}}
    found = client.request("POST", "/block_documents/filter", json=only).json()
    blocks = [BlockDocument.model_validate(each) for each in found]
    for block in blocks:
        if block.block_schema and CAPABILITY in block.block_schema.capabilities:
            return block
    if blocks:
        kind = blocks[0].block_type and blocks[0].block_type.name
        raise InputError(
            f"the Prefect block {BLOCK} is of type {kind}, which cannot notify",
            next_step=f"name a notification block {BLOCK}: Slack, Teams, Email, Custom Webhook, …",
        )
    return None
