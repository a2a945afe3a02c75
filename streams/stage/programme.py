"""The stage's side of the log: what is on by the facts, and the facts that it owes."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from agents.reducers.cues import Fact
from agents.reducers.live_state import LiveState, step_broadcasts, step_scores, step_sessions
from agents.reducers.scene import Scene, choose, follow
from agents.reducers.turns import Turns, believe, note
from schemas.catalogue import read
from schemas.facts import BroadcastRetired
from schemas.sessions import SessionCommand, SessionsMessage, TriggerFired, TriggerTaken
from schemas.topics import Topic
from schemas.wire import Unreadable
from streams.log.follower import Follower
from streams.log.interface import Log, Record
from streams.log.producer import LogProducer
from streams.log.topics import await_topics
from streams.stage.controller import Controller

# A few looks until the log is read to its end
LOOK_S = 0.05
STEPS: dict[Topic, Callable[[LiveState, int, Any], set[str]]] = {
    Topic.BROADCASTS: step_broadcasts,
    Topic.SESSIONS: step_sessions,
    Topic.SCORES: step_scores,
}

log = logging.getLogger(__name__)


class Programme:
    """Folds the log from its start, each time anew that it comes to hold of it.

    Until it is read to its end the controller goes on with what it knew; then `current` takes the
    fold, and `heard` every fact that is news, with the fold after it: of those that are judged by
    the fold, only what had an effect.
    """

    def __init__(
        self,
        log: Log,
        controller: Controller,
        heard: Callable[[Fact, LiveState], None],
        current: Callable[[LiveState], None],
    ) -> None:
        self._log = log
        self._controller = controller
        self._heard = heard
        self._current = current
        self._state = LiveState()
        self._folded: Scene | None = None
        self._turns = Turns()
        self._followers: list[Follower] = []
        self._is_current = False

    def problems(self) -> list[str]:
        """What is wrong with the log, a plain sentence each."""
        found = [follower.problem() for follower in self._followers]
        if not found:
            return [f"the log at {self._log.where} does not answer"]
        told = [problem for problem in found if problem]
        return told if told or self._is_current else ["the log is not read to its end yet"]

    async def run(self) -> None:
        """Follow the log, and say what is owed; when it ends in order, that is said first."""
        await await_topics(self._log)
        producer = LogProducer(self._log)
        await producer.start()
        self._followers = [
            Follower(self._log, topic, lambda record, topic=topic: self.take(topic, record))
            for topic in STEPS
        ]
        parts = [follower.run() for follower in self._followers]
        try:
            async with asyncio.TaskGroup() as group:
                for part in (
                    *parts,
                    self._await_end(),
                    self._controller.outbox.send(producer),
                ):
                    group.create_task(part)
        finally:
            self._followers = []
            await producer.stop()

    async def _await_end(self) -> None:
        while not all(one.caught_up for one in self._followers):  # noqa: ASYNC110 - a few looks
            await asyncio.sleep(LOOK_S)
        log.info("the log is read to its end")
        self.become_current()

    def become_current(self) -> None:
        """Serve what the log says from here on: it is read to its end."""
        self._is_current = True
        # before the scene is served: serving may find a cue due, and must know whose turn it is
        believe(self._controller.turns, self._turns)
        self._controller.serve(choose(self._controller.scene, self._folded, self._state))
        self._controller.focus(_focus(self._state, self._controller.scene))
        self._current(self._state)

    def take(self, topic: Topic, record: Record) -> None:
        """Take one message of the log, in the order of its topic."""
        try:
            fact: Fact | None = read(topic, record.value)
        except Unreadable as error:
            log.warning("%s at %d cannot be read: %s", topic, record.offset, error.reason)
            fact = None
        if not self._step(topic, record.offset, fact):
            return
        if isinstance(fact, BroadcastRetired):
            self._let_go(fact.broadcast)
        if self._is_current and fact is not None and not isinstance(fact, SessionCommand):
            self._controller.focus(_focus(self._state, self._controller.scene))
            self._heard(fact, self._state)

    def _step(self, topic: Topic, offset: int, fact: Any) -> bool:
        """Fold a message; whether it may cause anything: it had an effect, or is of triggers.

        What triggers say of each other is judged by `agents.reducers.turns`.
        """
        touched = STEPS[topic](self._state, offset, fact)
        if topic is Topic.SESSIONS and fact is not None:
            self._turn(offset, fact)
        return bool(touched) or isinstance(fact, TriggerFired | TriggerTaken)

    def _turn(self, offset: int, message: SessionsMessage) -> None:
        if not self._is_current:
            if isinstance(message, TriggerFired | TriggerTaken):
                note(self._turns, message)
            self._folded = follow(self._folded, self._state, offset, message)
            return
        scene = follow(self._controller.scene, self._state, offset, message)
        if scene is not self._controller.scene:
            self._controller.serve(scene)

    def _let_go(self, broadcast: str) -> None:
        scene = self._controller.scene
        if self._folded is not None and self._folded.broadcast == broadcast:
            self._folded = None
        is_over = scene is not None and scene.run.finished_at is not None
        if self._is_current and scene is not None and is_over and scene.broadcast == broadcast:
            self._controller.serve(None)


def _focus(state: LiveState, scene: Scene | None) -> str | None:
    """The broadcast whose operator is told of the devices: the one on air, or loaded last."""
    on_air = state.on_air()
    if on_air is not None:
        return on_air.id
    live = [each for each in state.broadcasts.values() if each.slots and not each.is_retired]
    newest = max(live, key=lambda each: each.broadcasts_position, default=None)
    return newest.id if newest else (scene.broadcast if scene else None)
