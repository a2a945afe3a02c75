"""Cuts at the limit at full vote load: sent less planned, beside two other ways to do it.

The whole system runs as `tribune up` starts it, and as many votes come as it takes. A presentation
gets a quarter of a second more, again and again; each way cuts a mixer of its own at each limit,
and the kernel says when its datagram came. All three run at once.
"""

import asyncio
import itertools
import math
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bench.peers.address import given
from bench.progress import progress
from bench.table import Row, bound_row, ratio_row
from bench.voters import run_voters
from schemas.addresses import KafkaAddress
from schemas.sessions import TimeAdded
from tests.support.stage import evening_on, now_ms
from tests.support.stage_log import StageLog
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system
from tests.support.x32 import Action, X32Mixer

CUTS = int(os.environ.get("TRIBUNE_TEST_CUTS", "1000"))
LEAD_MS = 250  # far above the log's way to all three; a thousand cuts take four minutes
WITHIN_S = 30.0  # only ends a run that is stuck
CHANNELS, LOST_MS = 32, 5_000  # an X32's channels; no cut that is still under way is so late
CONNECTIONS, BURST = 1_024, 20_000  # more than the gateway can serve at once; some seconds of votes
BOUND_P99_MS = 10  # promised; 2.2 ms in real time on one machine under full load (docs/stage.md)
OURS, FAUST, POLL = "the stage", "a timer in a Faust agent", "a 32 ms poll"


def run() -> list[Row]:
    """Measure all three in one run."""
    with ExitStack() as stack:
        mixers = {name: stack.enter_context(X32Mixer()) for name in (OURS, FAUST, POLL)}
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hall = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixers[OURS].port}\nchannel = 1'
        more = {"limits": "per_partner_per_second = 1000000", "stage.hall": hall}
        system = stack.enter_context(running_system(folder, **more))
        kafka = system.kafka("admin")
        for name, module in ((FAUST, "faust_cuts"), (POLL, "poll_cuts")):
            stack.enter_context(peer(module, kafka, mixers[name].port))
        stack.enter_context(full_load(system))
        limits = asyncio.run(drive(kafka, mixers))
    late = {name: theirs_late(mixers[name].actions, limits) for name in (FAUST, POLL)}
    return rows({OURS: ours_late(mixers[OURS].actions, limits)} | late)


@contextmanager
def peer(module: str, kafka: KafkaAddress, mixer: int) -> Iterator[None]:
    """Run another way until the block ends."""
    command = [sys.executable, "-m", f"bench.peers.{module}", str(mixer)]
    environment = {**os.environ, **given(kafka)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
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
        progress(f"{sum(accepted) / len(accepted):,.0f} votes/s meanwhile")


async def drive(kafka: KafkaAddress, mixers: dict[str, X32Mixer]) -> list[int]:
    """Give a presentation some more time, let it pass, and again.

    Returns:
        Of every number that was given, its limit; of one that the log told too late, none: nothing
        was open then, and nothing was to be cut.
    """
    limits: list[int | None] = []
    ours = mixers[OURS]
    async with evening_on(kafka) as evening:
        evening.press("start_presentation", now_ms())
        await evening.write()
        while len(limits) - limits.count(None) < CUTS:
            before = len(ours.actions)
            limit = await one_limit(evening, len(limits))
            await asyncio.sleep((limit - now_ms()) / 1_000)
            counts = any(action.is_on for action in ours.actions[before:])
            limits.append(limit if counts else None)
            if counts:
                await asyncio.to_thread(ours.await_action, False, WITHIN_S, before)
                say(len(limits) - limits.count(None))
    await last_cuts(mixers, limits)
    return limits


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


async def last_cuts(mixers: dict[str, X32Mixer], limits: list[int | None]) -> None:
    """Give the others some time to end what they still have to cut."""
    last = limits[-1]
    assert last is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(LOST_MS / 1_000):
            for name in (FAUST, POLL):
                while not any(
                    action.path == path_of(len(limits) - 1) and action.at_ms >= last
                    for action in mixers[name].actions[-CHANNELS:]
                ):
                    await asyncio.sleep(LEAD_MS / 1_000)


def path_of(number: int) -> str:
    """The channel that the others cut at a limit: each has one of its own for a while."""
    return f"/ch/{number % CHANNELS + 1:02d}/mix/on"


def ours_late(actions: list[Action], limits: list[int | None]) -> list[float]:
    """Of each limit, how late our first cut came; one well before it would be early."""
    planned = [limit - LEAD_MS / 2 for limit in limits if limit is not None]
    found: list[float] = []
    for begins, ends in itertools.zip_longest(planned, planned[1:], fillvalue=math.inf):
        cuts = (act.at_ms for act in actions if not act.is_on and begins <= act.at_ms < ends)
        cut = next(cuts, None)
        assert cut is not None, f"the cut at {begins + LEAD_MS / 2} was lost"
        found.append(cut - begins - LEAD_MS / 2)
    return sorted(found)


def theirs_late(actions: list[Action], limits: list[int | None]) -> list[float]:
    """Of each limit, how late another way's cut came; one that never came is late for ever."""
    cuts: dict[str, list[float]] = defaultdict(list)
    for action in actions:
        cuts[action.path].append(action.at_ms)
    return sorted(
        next(
            (at - limit for at in cuts[path_of(number)] if limit <= at < limit + LOST_MS), math.inf
        )
        for number, limit in enumerate(limits)
        if limit is not None
    )


def rows(late: dict[str, list[float]]) -> list[Row]:
    """What is held, and what stands beside it."""
    p99 = {name: found[len(found) * 99 // 100] for name, found in late.items()}
    for name, found in late.items():
        p50 = found[len(found) // 2]
        progress(
            f"cuts, {name}: p50 {p50:.1f} ms, p99 {p99[name]:.1f} ms, max {found[-1]:.1f} ms, "
            f"earliest {found[0]:+.2f} ms, lost {found.count(math.inf)}"
        )
    what = f"cut at the limit: sent less planned, {len(late[OURS]):,} cuts, full vote load"
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


def say(done: int) -> None:
    """Tell how far it is, now and then."""
    if done % 100 == 0:
        progress(f"{done:,} of {CUTS:,} cuts")
