"""Simulated citizens: who votes when, by which door, on what, and who changes their mind.

Pure and seeded: the same numbers give the same evening, so what must be on the board is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from schemas.ballots import Choice

# Any number; the same one gives the same votes, which is what the checks count on
SEED = 2026
# Every door is used, most of all the one that most citizens have; the web has the rest
WECHAT_SHARE = 0.6
PARTNER_SHARE = 0.3
# Some units' counts go down again by it: a board that only added would be found out
CHANGE_OF_MIND = 0.08
# From who came for one unit's sake to who goes through a page of them
UNITS_EACH = (2, 7)

# Of a hundred, by choice: from units that many praise to units that many blame
MOODS: tuple[tuple[int, int, int, int, int], ...] = (
    (52, 30, 10, 4, 4),
    (44, 33, 13, 6, 4),
    (36, 35, 17, 8, 4),
    (30, 33, 21, 11, 5),
    (24, 30, 25, 16, 5),
    (18, 27, 27, 22, 6),
)


@dataclass(frozen=True, slots=True)
class Vote:
    """One citizen's choice on one unit, `after` seconds from the start of the evening."""

    after: float
    door: str
    citizen: int
    unit: str
    choice: Choice


def plan_votes(units: Sequence[str], citizens: int, lasts_s: float, first: int = 0) -> list[Vote]:
    """Plan an evening's votes in order of time; `first` numbers the first citizen."""
    random = Random(SEED + first)  # noqa: S311 - a simulation, not a secret
    moods = _moods(units)
    votes = [
        vote
        for citizen in range(first, first + citizens)
        for vote in _votes_of(citizen, units, moods, lasts_s, random)
    ]
    return sorted(votes, key=lambda vote: vote.after)


def _moods(units: Sequence[str]) -> dict[str, tuple[int, ...]]:
    random = Random(SEED)  # noqa: S311 - a simulation, not a secret
    return {unit: random.choice(MOODS) for unit in units}


def _votes_of(
    citizen: int,
    units: Sequence[str],
    moods: dict[str, tuple[int, ...]],
    lasts_s: float,
    random: Random,
) -> Iterator[Vote]:
    draw = random.random()
    door = "wechat" if draw < WECHAT_SHARE else "partner"
    if draw >= WECHAT_SHARE + PARTNER_SHARE:
        door = "web"
    # few at the beginning, most in the first half, and none after the end
    at = lasts_s * random.betavariate(1.6, 2.2) * 0.97
    for unit in random.sample(units, min(len(units), random.randint(*UNITS_EACH))):
        choice = random.choices(list(Choice), moods[unit])[0]
        yield Vote(at, door, citizen, unit, choice)
        if random.random() < CHANGE_OF_MIND:
            # a change of mind comes after what it changes, within the evening
            yield Vote(at + lasts_s * 0.03, door, citizen, unit, random.choice(list(Choice)))


def expected(votes: Sequence[Vote]) -> dict[str, list[int]]:
    """What the board must count: of each citizen's votes on a unit the latest (five counts)."""
    latest: dict[tuple[str, int], Choice] = {}
    for vote in sorted(votes, key=lambda vote: vote.after):
        latest[vote.unit, vote.citizen] = vote.choice
    counts: dict[str, list[int]] = {}
    for (unit, _), choice in latest.items():
        counts.setdefault(unit, [0, 0, 0, 0, 0])[choice] += 1
    return counts
