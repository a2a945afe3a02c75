"""A group that is half revealed comes back as it was when the log is filled from the archive."""

import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.tokens import issue
from tests.support.presenting import EVALUATORS, SLOTS, day
from tests.support.system import System, running_system
from tribune.settings.read import read_settings
from tribune.settings.secret import read_secret

BOARD = "/api/boards/presentations:day-group"


def marked(system: System) -> None:
    """Load the day, and have everyone mark it."""
    file = system.folder / "day.yaml"
    file.write_text(day())
    system.tribune("load", str(file))
    secret = read_secret(read_settings(system.folder / "tribune.toml", {}))
    with httpx.Client(base_url=system.url("console")) as client:
        for number, slot in enumerate(SLOTS):
            body = {"marks": {"results": 50 - number, "delivery": 30}, "submitted": True}
            for who in EVALUATORS:
                token = issue(secret, "evaluator", int(time.time()), bearer_id=f"day/{who}")
                headers = {"Authorization": f"Bearer {token}"}
                client.put(f"/api/slots/day-{slot}/marks", json=body, headers=headers)


def shown(system: System, rows: int) -> dict[str, Any]:
    """The public board, once it shows so many rows."""
    deadline = time.monotonic() + 60
    while True:
        answer = httpx.get(system.url("console") + BOARD)
        if answer.status_code == 200 and len(answer.json()["rows"]) == rows:
            return answer.json()
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)


@pytest.mark.timeout(300)
@pytest.mark.long("two lives of everything")
def test_a_group_goes_on_where_it_was_also_from_the_archive_alone(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        marked(system)
        system.tribune("group", "close", "day-group")
        system.tribune("group", "reveal", "day-group", "--rows", "2")
        before = shown(system, 2)
    shutil.rmtree(tmp_path / "data" / "log")  # as it was when the log was in memory
    with running_system(tmp_path) as system:
        after = shown(system, 2)
        assert "archived facts went back to their places" in system.log()
        assert after["rows"] == before["rows"]
        assert after["positions"]["scores"] == before["positions"]["scores"]
        assert after["seq"] > before["seq"], "a refilled log has the next incarnation"
        assert "equal" in system.tribune("recompute", "presentations:day-group")
        system.tribune("group", "reveal", "day-group")
        assert shown(system, 3)["sealed"] is None
        assert "11 markings" in system.tribune("reconcile", "day-group")
