"""Runs one simulated evening: a function of its seed alone."""

import asyncio
import gc
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

from tests.sim.aim import NOWHERE, Aim
from tests.sim.clocks import virtual_clocks
from tests.sim.loop import VirtualLoop, bury
from tests.sim.plot import PATIENCE_S, play
from tests.sim.roles.hall import without_sockets
from tests.sim.roles.worker import without_threads
from tests.sim.trace import LogLines
from tests.sim.world import World


@dataclass(slots=True)
class Outcome:
    """How a run ended; `why` is empty when every oracle was content."""

    seed: int
    why: str = ""
    digest: int = 0
    turns: int = 0
    simulated_s: float = 0.0
    took_s: float = 0.0
    events: list[str] = field(default_factory=list)


def simulate(
    seed: int, *, told: bool = False, patience_s: float = PATIENCE_S, aim: Aim = NOWHERE
) -> Outcome:
    """Run an evening; when nothing goes wrong any more all must be right within a time (s)."""
    loop = VirtualLoop(Random(f"{seed}/order"))
    world = World(seed, loop, told=told)
    outcome, began = Outcome(seed), time.process_time()
    gc.disable()
    try:
        with _closed_world(world, told=told):
            loop.run_until_complete(play(world, patience_s, aim))
    except AssertionError as broken:
        outcome.why = f"{type(broken).__name__}: {broken}"
    finally:
        bury(loop)
        loop.close()
        gc.enable()
    outcome.digest, outcome.turns, outcome.simulated_s = loop.digest, loop.turns, loop.now_s
    outcome.took_s, outcome.events = time.process_time() - began, world.trace.events
    return outcome


@contextmanager
def _closed_world(world: World, *, told: bool) -> Iterator[None]:
    """Let nothing of the outside in: no clock, no thread, no chance but the seed's."""
    chance = world.chance_of("secrets")
    lines = LogLines(world.trace)
    root = logging.getLogger()
    level = root.level
    asyncio.set_event_loop(world.loop)
    if told:
        root.addHandler(lines)
        root.setLevel(logging.INFO)
    else:
        logging.disable(logging.CRITICAL)
    try:
        with (
            virtual_clocks(world.loop),
            without_threads(),
            without_sockets(world),
            patch.object(os, "urandom", chance.randbytes),
            patch.object(secrets, "token_hex", lambda size=32: chance.randbytes(size).hex()),
        ):
            yield
    finally:
        logging.disable(logging.NOTSET)
        root.removeHandler(lines)
        root.setLevel(level)
        asyncio.set_event_loop(None)
