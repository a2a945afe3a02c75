"""Fake roles for the supervisor to keep, and what its screen shows."""

import asyncio
import io
import sys
from collections.abc import Callable
from pathlib import Path

from tribune.supervise.liveness import Patience
from tribune.supervise.probes import http_probe
from tribune.supervise.role_runner import Role, RoleContext
from tribune.supervise.screen import Screen

SCRIPT = Path(__file__).with_name("fake_role.py")


def fake(name: str, port: int, *words: str, patience: Patience | None = None) -> Role:
    return Role(
        name,
        (sys.executable, str(SCRIPT), str(port), *words),
        http_probe("127.0.0.1", port, "/healthz"),
        f"http://127.0.0.1:{port}",
        patience=patience or Patience(),
    )


class Shown(io.StringIO):
    """What the screen shows, kept after it is closed."""

    def close(self) -> None:
        pass


def context(run_dir: Path, shown: Shown) -> RoleContext:
    async def always() -> bool:
        return True

    run_dir.mkdir(parents=True, exist_ok=True)
    return RoleContext(run_dir, Screen(shown), {}, always)


async def until(is_true: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not is_true():
            await asyncio.sleep(0.02)
