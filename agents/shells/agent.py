"""What an agent is: a folder of one topic, what it reads beside, and what it does meanwhile."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.shells.fold import Folder
from agents.shells.followed import Followed
from agents.shells.metrics import Metrics
from agents.shells.speaker import Send
from schemas.seals import GroupKey
from streams.log.interface import Log
from streams.log.letters import Letters

Task = Callable[[], Coroutine[None, None, None]]
"""Runs for good; it ends only when it fails, and the worker with it."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every agent is given; it takes what it needs.

    An agent tells `followed` at its making what it reads beside its own topic.
    """

    log: Log
    send: Send
    letters: Letters
    metrics: Metrics
    followed: Followed
    now_ms: Callable[[], int]
    key_of: GroupKey = field(repr=False)


class Agent(Folder, Protocol):
    """A folder of one topic, with the tasks that it runs."""

    @property
    def tasks(self) -> Sequence[Task]:
        """What runs beside its fold."""
        ...
