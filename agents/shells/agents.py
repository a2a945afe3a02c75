"""The agents of a worker: a new one is a line here, or a kind of boards that says its fold."""

from collections.abc import Callable
from functools import partial

from agents.reducers.boards import KINDS
from agents.shells.agent import Agent, Means
from agents.shells.groups import Groups
from agents.shells.rankings import Rankings
from agents.shells.rounds import Rounds
from agents.shells.sessions import Sessions
from agents.shells.teller import Teller
from agents.shells.votes import Votes

AGENTS: tuple[Callable[[Means], Agent], ...] = (
    Votes,
    Rounds,
    Sessions,
    Groups,
    Rankings,
    *(partial(Teller, fold=kind.fold) for kind in KINDS.values() if kind.fold),
)
