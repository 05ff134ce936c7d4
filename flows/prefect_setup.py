"""What a Prefect server needs to be ours: work pool, deployments of ``prefect.yaml``, automations.

Run as a module by ``crimeclaims serve``, in the folder that holds ``flows``; writes what is there
now, as JSON, to the file that is named. All of it can be done again on a server that has it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from flows import automations
from flows.prefect_settings import DEPLOYMENTS, WORK_POOL


def make_work_pool() -> None:
    """The pool that the deployments name, if it is not there."""
    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(WORK_POOL)
        except ObjectNotFound:
            template = ProcessWorker.get_default_base_job_template()
            pool = WorkPoolCreate(name=WORK_POOL, type="process", base_job_template=template)
            client.create_work_pool(pool)


def deploy() -> None:
    """What ``prefect deploy --all`` does. Raises SystemExit if it cannot."""
    from prefect.cli import app

    sys.argv = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(DEPLOYMENTS)]
    try:
        app()
    except SystemExit as end:
        if end.code:
            raise


def deployments() -> list[dict[str, Any]]:
    """Each deployment of the pool with its schedules: cron and time zone."""
    with get_client(sync_client=True) as client:
        found = client.read_deployments()
    return [
        {
            "name": each.name,
            "description": each.description,
            "schedules": [
                {
                    "cron": getattr(schedule.schedule, "cron", None),
                    "timezone": getattr(schedule.schedule, "timezone", None),
                    "active": schedule.active and not each.paused,
                }
                for schedule in each.schedules
            ],
        }
        for each in sorted(found, key=lambda each: each.name)
        if each.work_pool_name == WORK_POOL
    ]


def main() -> None:
    """Set the server up that ``PREFECT_API_URL`` names."""
    target = Path(sys.argv[1])
    make_work_pool()
    deploy()
    made = [asdict(each) for each in automations.apply()]
    there = {"deployments": deployments(), "automations": made}
    target.write_text(json.dumps(there), encoding="utf-8")


if __name__ == "__main__":
    main()
