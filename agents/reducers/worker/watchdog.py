"""When a worker that hangs must end itself, so that its supervisor starts another."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.topics import Topic

Place = tuple[Topic, int]

# Tried: 8 s also ended workers that were only joining their group again
PATIENCE_MS = 15_000
# A group deals its work out within 3 to 11 s (decisions/0031). No measured reason: five of these,
# as a worker that is ended while others join makes them begin anew
JOIN_PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the worker and at the log found.

    `folded` and `ends` are next offsets; `turns` counts the turns of the worker's own loop;
    `joined` says whether its group has given it its part.
    """

    folded: Mapping[Place, int]
    ends: Mapping[Place, int]
    turns: int
    joined: bool


@dataclass(slots=True)
class Watch:
    """How long (ms) each thing has stood still."""

    patience_ms: int = PATIENCE_MS
    join_patience_ms: int = JOIN_PATIENCE_MS
    last: Seen | None = None
    stuck_ms: dict[Place, int] = field(default_factory=dict)
    still_ms: int = 0
    alone_ms: int = 0


def step(state: Watch, seen: Seen | None, passed_ms: int) -> str | None:
    """Take a look (None: the log did not answer) and the time since the one before.

    A place is stuck while it is not at the end of the log and does not move. The caller gives
    time in small steps, so that a process that was stopped for a while is not taken for hung.

    Returns:
        Why the worker must end, or None.
    """
    if seen is None or state.last is None:
        state.last, state.stuck_ms, state.still_ms, state.alone_ms = seen, {}, 0, 0
        return None
    last, state.last = state.last, seen
    state.still_ms = 0 if seen.turns != last.turns else state.still_ms + passed_ms
    state.alone_ms = 0 if seen.joined else state.alone_ms + passed_ms
    state.stuck_ms = {
        place: state.stuck_ms.get(place, 0) + passed_ms
        for place, end in seen.ends.items()
        if seen.folded.get(place) == last.folded.get(place) != end
    }
    return _reason(state, seen)


def _reason(state: Watch, seen: Seen) -> str | None:
    if state.still_ms >= state.patience_ms:
        return f"its loop has not turned for {state.still_ms / 1_000:.0f} s"
    if state.alone_ms >= state.join_patience_ms:
        return f"its group has given it no part for {state.alone_ms / 1_000:.0f} s"
    for (topic, partition), stuck_ms in state.stuck_ms.items():
        if stuck_ms >= state.patience_ms:
            folded, end = seen.folded[topic, partition], seen.ends[topic, partition]
            return (
                f"{topic} {partition} stands at offset {folded} for {stuck_ms / 1_000:.0f} s, "
                f"and the log ends at {end}"
            )
    return None
