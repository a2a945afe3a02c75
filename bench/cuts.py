"""Cuts at the limit at full vote load: sent less planned, beside two other ways to do it.

The whole system runs as `tribune up` starts it, and as many votes come as it takes. A presentation
gets a quarter of a second more, again and again; each way cuts a mixer of its own at each limit,
and the kernel says when its datagram came. All three run at once.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.table import Row, bound_row, ratio_row
from bench.voters import run_voters
from schemas.addresses import KafkaAddress
from schemas.sessions import TimeAdded
from tests.support.stage import evening_on, now_ms
from tests.support.stage_log import StageLog
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system
from tests.support.x32 import Action, X32Mixer

CUTS = int(os.environ.get("TRIBUNE_TEST_CUTS", "1000"))
LEAD_MS = 250
WITHIN_S = 30.0
CONNECTIONS, BURST = 64, 5_000
BOUND_P99_MS = 10
OURS, FAUST, POLL = "the stage", "a timer in a Faust agent", "a 32 ms poll"


def run() -> list[Row]:
    """Measure all three in one run."""
    with ExitStack() as stack:
        mixers = {name: stack.enter_context(X32Mixer()) for name in (OURS, FAUST, POLL)}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hall = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixers[OURS].port}\nchannel = 1'
        more = {"limits": "per_partner_per_second = 1000000", "stage.hall": hall}
        system = stack.enter_context(running_system(folder, **more))
        broker = f"127.0.0.1:{system.ports['broker']}"
        for name, module in ((FAUST, "faust_cuts"), (POLL, "poll_cuts")):
            stack.enter_context(peer(module, broker, mixers[name].port))
        stack.enter_context(full_load(system))
        planned = asyncio.run(drive(KafkaAddress(broker, embedded=True), mixers))
    late = {name: lateness(mixer.actions, planned, name) for name, mixer in mixers.items()}
    return rows(late, len(planned))


@contextmanager
def peer(module: str, broker: str, mixer: int) -> Iterator[None]:
    """Run another way until the block ends."""
    command = [sys.executable, "-m", f"bench.peers.{module}", broker, str(mixer)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "ready" not in (line := process.stdout.readline()):
            assert line, f"{module} ended"
        try:
            yield
        finally:
            process.kill()


@contextmanager
def full_load(system: System) -> Iterator[None]:
    """As many votes as the system takes, until the block ends."""
    system.tribune("load", str(COUNTY))
    system.tribune("round", "open", "satisfaction-2026")
    port, stop, accepted = system.ports["gateway"], threading.Event(), list[float]()
    more = ("--partner", "app", "--round", "satisfaction-2026", "--units", "housing", "water")

    def vote() -> None:
        while not stop.is_set():
            load = run_voters(port, PARTNER_SECRET, BURST, CONNECTIONS, *more)
            accepted.append(load.per_second)

    thread = threading.Thread(target=vote)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        print(f"cuts: {sum(accepted) / len(accepted):,.0f} votes/s meanwhile", file=sys.stderr)


async def drive(kafka: KafkaAddress, mixers: dict[str, X32Mixer]) -> list[int]:
    """Give a presentation some more time, let it pass, and again; the limits that were set."""
    planned: list[int] = []
    async with evening_on(kafka) as evening:
        evening.press("start_presentation", now_ms())
        await evening.write()
        for number in itertools.count():
            before = len(mixers[OURS].actions)
            limit = await one_limit(evening, number)
            await asyncio.sleep((limit - now_ms()) / 1_000)
            if not any(action.is_on for action in mixers[OURS].actions[before:]):
                continue  # the log told of it too late: nothing was open, nothing is to be cut
            planned.append(limit)
            for mixer in mixers.values():
                seen = sum(action.at_ms < limit for action in mixer.actions)
                await asyncio.to_thread(mixer.await_action, False, WITHIN_S, seen)
            if len(planned) == CUTS:
                return planned
    raise AssertionError("there is always one more")


async def one_limit(evening: StageLog, number: int) -> int:
    ends_at = now_ms() + LEAD_MS
    fact = TimeAdded(
        at=now_ms(),
        id=f"more-{number}",
        broadcast=evening.id,
        slot="s1",
        added_ms=LEAD_MS,
        warn_at=ends_at,
        ends_at=ends_at,
    )
    evening.say(fact)
    await evening.write()
    return ends_at


def lateness(actions: list[Action], planned: list[int], name: str) -> list[float]:
    """Of each limit, how late its first cut came; one of ours before it would be early.

    The others may still be late with a limit that does not count.
    """
    cuts = [action.at_ms for action in actions if not action.is_on]
    early_ms = LEAD_MS / 2 if name == OURS else 0
    found: list[float] = []
    for limit, following in itertools.zip_longest(planned, planned[1:], fillvalue=1 << 60):
        mine = [at for at in cuts if limit - early_ms <= at < following - early_ms]
        assert mine, f"{name} lost the cut at {limit}"
        found.append(mine[0] - limit)
    return sorted(found)


def rows(late: dict[str, list[float]], count: int) -> list[Row]:
    """What is held, and what stands beside it."""
    p99 = {name: found[len(found) * 99 // 100] for name, found in late.items()}
    for name, found in late.items():
        p50 = found[len(found) // 2]
        print(
            f"cuts, {name}: p50 {p50:.1f} ms, p99 {p99[name]:.1f} ms, max {found[-1]:.1f} ms, "
            f"earliest {found[0]:+.2f} ms",
            file=sys.stderr,
        )
    what = f"cut at the limit: sent less planned, {count:,} cuts, full vote load"
    early = sum(each < 0 for each in late[OURS])
    beside = [
        ratio_row(f"{what}: p99", "ms", p99[OURS], name, p99[name], 1, less=True)
        for name in (FAUST, POLL)
    ]
    return [
        bound_row(f"{what}: p99", "ms", p99[OURS], BOUND_P99_MS),
        bound_row("  early, of these", "cuts", early, 0),
        *beside,
    ]
