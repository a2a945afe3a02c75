"""The stage role: microphones on time, whatever the log and the network do."""

import asyncio
import gc
import logging
import os
import sys
from contextlib import suppress

from agents.reducers.cues import Fact
from agents.reducers.live_state import LiveState
from schemas.sessions import TriggerFired, TriggerTaken
from streams.health import serve_health
from streams.log.kafka import KafkaLog
from streams.running import until
from streams.stage.clock import keep_time
from streams.stage.config import StageConfig
from streams.stage.controller import Controller
from streams.stage.links.open import link_to
from streams.stage.metrics import Metrics
from streams.stage.programme import Programme
from streams.stage.receivers import Receivers
from streams.stage.routes import Routes
from streams.stage.state_file import StateFile
from streams.stage.triggers import Triggers

# Before everything that this machine's users start, behind what the system keeps for itself
NICENESS = -10

__all__ = ["StageConfig", "serve"]
log = logging.getLogger(__name__)


async def serve(config: StageConfig, stop: asyncio.Event) -> None:
    """Serve the stage until `stop`; the microphones stay as they are then.

    Raises:
        OSError: the port cannot be had, or the work folder cannot be made.
        WrongLog: the broker holds another log.
    """
    _go_first()
    metrics = Metrics()
    links = {name: link_to(device.address) for name, device in config.devices.items()}
    state_file = StateFile(config.work_dir)
    controller = Controller(config.name, config.devices, links, state_file, metrics)
    metrics.owed.set_function(lambda: len(controller.outbox))
    receivers = Receivers(config.triggers, controller)
    triggers = Triggers(controller.clock, receivers.due)
    controller.turned = triggers.turn
    triggers.turn(controller.scene)

    def set_timers_anew() -> None:
        controller.look()
        triggers.turn(controller.scene)

    def hear(fact: Fact, state: LiveState) -> None:
        if isinstance(fact, TriggerFired | TriggerTaken):
            receivers.hear(fact)
        else:
            triggers.hear(fact, state)

    programme = Programme(KafkaLog(config.kafka), controller, hear, triggers.begin)
    routes = Routes(controller, links, config.secret)
    health = await serve_health(
        config.host,
        config.port,
        programme.problems,
        metrics.registry,
        more=routes.standing,
        routes=routes.all(),
    )
    # what is loaded by now lives on: no collection looks at it just when a cut is due
    gc.freeze()
    try:
        await until(
            stop,
            controller.run(),
            programme.run(),
            keep_time(controller.clock, config.console_url, set_timers_anew),
            receivers.run(),
        )
    finally:
        await health.cleanup()
        state_file.close()


def _go_first() -> None:
    """Ask the system to run this small process before all others, where that is allowed.

    Linux has a scheduler for that; its share is bounded by the system, and threads are without it.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    if sys.platform == "linux":
        with suppress(OSError):
            at_once = os.SCHED_RR | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(
                0, at_once, os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
            )
