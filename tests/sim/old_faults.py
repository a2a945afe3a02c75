"""Faults of the past, each as the function was before its mend; a seed shows that it is a fault.

Every one of these rules exists because something once went wrong without it, on a real broker and
mostly once in many hours. Here it goes wrong in the evening of its seed, every time.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from msgspec import structs

from agents.reducers import live_broadcast, marks, round_board, session, tally, turns
from agents.reducers.round_board import RoundParts
from agents.reducers.turns import Give
from agents.reducers.worker.reading import Reading
from agents.shells.votes import Votes
from streams.push.cohorts import Channel
from streams.stage.controller import Controller
from streams.stage.programme import Programme
from tests.sim.aim import Aim
from tests.sim.roles.group import Sloppiness
from tests.sim.run import simulate
from tests.sim.weather import CALM, Weather

SEEDS = (1, 2, 3, 4, 5)
"""Evenings aimed at a fault: the first that shows it will do."""

Patch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class OldFault:
    """What was wrong; an evening aimed at it, its seeds, a word of its verdict; the old code."""

    what: str
    aim: Aim
    seeds: tuple[int, ...]
    says: str
    old: Patch


def _any_tally(parts: Any, given: Any) -> bool:
    parts.votes[given.partition] = given
    return True


def _last_ballot_wins(state: Any, offset: int, rows: Iterable[Any]) -> set[str]:
    touched: set[str] = set()
    for round_id, unit, voter, choice, created_at, _source in rows:
        units = tally._units(state, offset, round_id, touched)
        voters, counts = units.setdefault(unit, ({}, [0, 0, 0, 0, 0]))
        if (before := voters.get(voter)) is not None:
            counts[before & tally.CHOICE_MASK] -= 1
        counts[choice] += 1
        voters[voter] = created_at << tally.CHOICE_BITS | choice
    return touched


def _no_gaps(self: Reading, offset: int) -> str:
    self.heard += self.replaying
    if offset < self.folded_to:
        return "skip"
    if self.replaying:
        self.wanted_to = max(self.wanted_to, offset + 1)
        return "wait"
    self.folded_to = offset + 1
    return "fold"


def _step_without_memory(state: Any, offset: int, fact: Any) -> bool:
    state.followed.discard(fact.id)
    return STEP(state, offset, fact)


STEP = session.step


def _everybody_gives(state: Any, wanted: Any) -> list[Any]:
    if wanted.key in state.given or wanted.key in state.waiting:
        return []
    return [Give(wanted)]


def _say_anything(self: Any, seq: int, data: bytes) -> bool:
    if (seq, data) == (self.seq, self.data):
        return False
    self.seq, self.data = seq, data
    self._snapshot = self._update = None
    return True


def _silent_after_refold(self: Any, partition: int, end: int, seconds: float) -> None:
    tally.skip_to(self.tallies[partition], end)
    self.tallies[partition].dirty.clear()
    self._current.add(partition)


def _kept_nothing(self: Any) -> Any:
    kept = KEPT(self)
    kept.scene = None
    return kept


KEPT = Controller._kept


def _any_fact_is_news(self: Any, topic: Any, offset: int, fact: Any) -> bool:
    FOLD_FACT(self, topic, offset, fact)
    return True


FOLD_FACT = Programme._step


def _all(*patches: Patch) -> Patch:
    """Several rules taken out at once: each alone would catch it."""

    @contextmanager
    def old() -> Iterator[None]:
        with ExitStack() as stack:
            for patch_one in patches:
                stack.enter_context(patch_one())
            yield

    return old


def _of(target: Any, name: str, old: Any) -> Patch:
    return lambda: patch.object(target, name, old)


def _hear_whatever_it_was_judged_by(state: Any, offset: int, fact: Any) -> bool:
    return HEAR(state, offset, structs.replace(fact, after=None))


HEAR = live_broadcast.hear


@contextmanager
def _without_memory() -> Iterator[None]:
    with (
        patch.object(live_broadcast, "hear", _hear_whatever_it_was_judged_by),
        patch.object(session, "step", _step_without_memory),
    ):
        yield


TWICE = Weather(doubled=0.3)
OWNERS = Aim(
    "votes",
    workers=2,
    has_push=True,
    deeds=("freeze",),
    at="worker",
    often_s=4.0,
    frozen_s=(7.5,),
    weather=Weather(late=0.2),
)

FINAL = replace(OWNERS, wavers=True, closed_s=(4.0,))

FORGETS = Aim(
    "stage",
    stages=1,
    deeds=("kill", "part"),
    at="stage",
    often_s=1.0,
    weather=CALM,
    keys=("start_presentation",),
)

OLD_FAULTS: tuple[OldFault, ...] = (
    OldFault(
        "a stale tally of a second owner was taken",
        OWNERS,
        SEEDS,
        "went back",
        _of(round_board, "_take_votes", _any_tally),
    ),
    OldFault(
        "a late retry undid a change of mind",
        Aim("votes", deeds=(), weather=Weather(late=0.3, latest_s=6.0, lost_acks=0.2)),
        SEEDS,
        "the recount",
        _of(tally, "_count", _last_ballot_wins),
    ),
    OldFault(
        "a gap in the live stream was folded over",
        Aim("votes", deeds=(), sloppiness=Sloppiness(leaves_out=0.1)),
        SEEDS,
        "the recount",
        _of(Reading, "hear", _no_gaps),
    ),
    OldFault(
        "a board was final before every partition had passed the final positions",
        FINAL,
        SEEDS,
        "is final twice",
        _of(RoundParts, "is_settled", lambda self: True),
    ),
    OldFault(
        "a fact that came twice had its effect twice",
        Aim("stage", deeds=(), weather=TWICE),
        SEEDS,
        "had an effect",
        _without_memory,
    ),
    OldFault(
        "two controllers gave one cue",
        Aim("stage", stages=2, deeds=(), weather=CALM),
        SEEDS,
        "was given 2 times",
        _of(turns, "want", _everybody_gives),
    ),
    OldFault(
        "a screen's board stepped back",
        OWNERS,
        SEEDS,
        " went from ",
        _of(Channel, "say", _say_anything),
    ),
    OldFault(
        "after a refold a quiet partition said nothing",
        Aim("votes", deeds=(), has_interlude=True, wavers=False),
        SEEDS,
        "calm seconds",
        _of(Votes, "passed", _silent_after_refold),
    ),
    OldFault(
        "a killed controller forgot its deadline",
        FORGETS,
        SEEDS,
        "past its end",
        _of(Controller, "_kept", _kept_nothing),
    ),
    OldFault(
        "a correction that came twice made two versions",
        Aim("marks", deeds=(), weather=TWICE),
        SEEDS,
        "version",
        _all(
            _of(marks, "_is_copy", lambda *_: False),  # of the log
            _of(marks, "_is_made", lambda *_: False),  # of an operator
        ),
    ),
    OldFault(
        "a fact without effect gave a cue",
        Aim("stage", deeds=(), weather=TWICE),
        SEEDS,
        "was given",
        _of(Programme, "_step", _any_fact_is_news),
    ),
)

PATIENCE_S = 25.0
"""Longer than the watchdog's patience, and no longer: most of these evenings never come right."""


def shows(fault: OldFault, seed: int) -> str:
    """What an evening says with the old code, if it is what the fault is known by."""
    with fault.old():
        why = simulate(seed, patience_s=PATIENCE_S, aim=fault.aim).why
    return why if fault.says in why else ""


def main(number: int) -> int:
    """Play a fault's evenings with the old code until one shows it, and that one as it is now."""
    fault = OLD_FAULTS[number]
    for seed in fault.seeds:
        if why := shows(fault, seed):
            print(f"the old code, seed {seed}: {why}")
            now = simulate(seed, aim=fault.aim).why
            print(f"the present: {now or 'every oracle is content'}")
            return bool(now)
    print(f"no seed of {fault.seeds} shows it any more: python -m tests.sim.find_seeds {number}")
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
