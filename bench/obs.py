"""From an order to OBS Studio to its confirmation: the real OBS, without a screen."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from bench.progress import progress
from bench.table import Row, figure_row
from streams.stage.config import ObsAddress
from streams.stage.links.obs import Obs
from tests.support.obs import INPUT, PASSWORD, real_obs

ORDERS = 500  # five lie above the p99
PAUSE_S = 0.02  # OBS tells of each change by an event too, which comes meanwhile


def run() -> list[Row]:
    """Open and cut again and again, and wait for each to be read back; nothing is promised."""
    if not shutil.which("obs"):
        progress("SKIPPED: OBS is not installed, so it is not measured")
        return []
    with tempfile.TemporaryDirectory() as folder, real_obs(Path(folder)) as obs:
        took_ms = sorted(asyncio.run(measure(ObsAddress(obs.url, INPUT, PASSWORD))))
    p50, p99 = took_ms[len(took_ms) // 2], took_ms[len(took_ms) * 99 // 100]
    progress(f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {took_ms[-1]:.1f} ms")
    what = f"OBS: order sent -> read back, {ORDERS} orders"
    return [figure_row(f"{what}: p50", "ms", p50), figure_row("  p99", "ms", p99)]


async def measure(address: ObsAddress) -> list[float]:
    """How long each order took to be confirmed, ms."""
    link, heard = Obs(address), asyncio.Queue[bool | None]()
    listening = asyncio.create_task(link.run(heard.put_nowait))
    while await heard.get() is None:
        pass
    took_ms: list[float] = []
    for number in range(ORDERS):
        wanted = number % 2 == 1
        if number % 100 == 0:
            progress(f"{number} of {ORDERS} orders")
        began = time.perf_counter()
        await link.order(wanted)
        while await heard.get() is not wanted:
            pass
        took_ms.append((time.perf_counter() - began) * 1_000)
        await asyncio.sleep(PAUSE_S)
        while not heard.empty():
            heard.get_nowait()
    listening.cancel()
    return took_ms
