"""From `tribune up` to every role healthy, on an empty folder; and where the time goes.

Each start has a data folder of its own. Beside it somebody asks every part, over and over, whether
it answers and whether it is well. The first turn does not count: it brings the files that are read
into the machine's memory, which a first start after a boot has to read from the disk.
"""

import json
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.progress import progress
from bench.table import Row, bound_row, figure_row
from tests.support.system import SERVED, TRIBUNE, running_system, write_settings
from tribune.embedded.kafka.aot import cache_file
from tribune.embedded.kafka.node import JVM

TURNS = 3  # the quickest counts
AT_MOST_S = 5.0  # promised: as long as one watches a start without wondering
LOOK_S = 0.02  # how exact the times are, and what asking may cost
SERVERS = {"broker": "", "clickhouse": "/ping"}
HEALTH = {**SERVERS, **dict.fromkeys(SERVED, "/healthz")}


@dataclass(slots=True)
class Seen:
    """When each part answered first, and when it was well: seconds since `tribune up`."""

    answered: dict[str, float] = field(default_factory=dict)
    well: dict[str, float] = field(default_factory=dict)

    @property
    def took_s(self) -> float:
        return max(self.well.values())

    def told(self) -> str:
        """Every part, in the order in which they were well."""
        parts = sorted(self.well, key=lambda name: self.well[name])
        return ", ".join(
            f"{name} answers {self.answered[name]:.1f} well {self.well[name]:.1f}" for name in parts
        )


def run() -> list[Row]:
    """With Java's cache of Kafka, as every start but the first has it; and without."""
    progress("Java learns how Kafka starts, if it has not yet")
    subprocess.run([str(TRIBUNE), "train"], check=True)
    what = "`tribune up`, empty folder -> every role well"
    best = quickest("with Java's cache")
    with no_cache():
        first = quickest("without Java's cache")
    return [
        bound_row(what, "s", best, AT_MOST_S),
        figure_row("  the same without Java's cache, as at the very first start", "s", first),
    ]


def quickest(how: str) -> float:
    """The quickest of some starts: whatever else the machine does only makes one slower."""
    seen: list[Seen] = []
    for turn in range(TURNS + 1):
        seen.append(start())
        progress(f"{how}, {turn} of {TURNS}: {seen[-1].took_s:.1f} s: {seen[-1].told()}")
    return min(each.took_s for each in seen[1:])


@contextmanager
def no_cache() -> Iterator[None]:
    """Put the cache aside until the block ends; what `up` makes of its own meanwhile goes away."""
    cache = cache_file(JVM)
    aside = cache.with_suffix(".aside")
    cache.rename(aside)
    try:
        yield
    finally:
        aside.replace(cache)


def start() -> Seen:
    """One start, and an orderly stop."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as name:
        ports = write_settings(Path(name))
        (Path(name) / "ports.json").write_text(json.dumps(ports))
        began, stop = time.monotonic(), threading.Event()
        watching = [
            threading.Thread(target=watch, args=(part, ports[part], seen, began, stop))
            for part in HEALTH
        ]
        for thread in watching:
            thread.start()
        try:
            with running_system(Path(name)):
                for thread in watching:
                    thread.join()
        finally:
            stop.set()
    return seen


def watch(part: str, port: int, seen: Seen, began: float, stop: threading.Event) -> None:
    """Ask one part until it is well."""
    while not stop.is_set():
        answered, well = ask(part, port)
        at = time.monotonic() - began
        if answered:
            seen.answered.setdefault(part, at)
        if well:
            seen.well[part] = at
            return
        time.sleep(LOOK_S)


def ask(part: str, port: int) -> tuple[bool, bool]:
    """Whether it answers, and whether it says that it is well; the broker only listens."""
    with suppress(OSError):
        if part == "broker":
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True, True
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{HEALTH[part]}", timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()
            return True, False
        return True, True
    return False, False
