"""The presentation that the stage serves, and what its microphones should be at a time.

It follows the session's facts, and an operator's direct cut, which comes past the log.
"""

from dataclasses import dataclass, field

from agents.reducers.live_state import LiveState
from agents.reducers.session import Run
from schemas.sessions import (
    MicrophoneOrdered,
    PresentationFinished,
    PresentationPaused,
    PresentationResumed,
    PresentationStarted,
    SessionsMessage,
    TimeAdded,
)

TURNS = (
    PresentationStarted,
    PresentationPaused,
    PresentationResumed,
    TimeAdded,
    MicrophoneOrdered,
    PresentationFinished,
)
LET_GO_AFTER_MS = 3_600_000  # docs/stage.md: by then the hall is somebody else's


@dataclass(frozen=True, slots=True)
class Wish:
    """What a microphone should be, by which command, from when on."""

    is_open: bool
    command: str
    planned_at: int
    broadcast: str = field(default="", compare=False)
    slot: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DirectCut:
    """An operator's cut that came straight from the console; it goes before what the log says."""

    id: str
    by: str
    at: int


@dataclass(slots=True)
class Scene:
    """A presentation, and the fact that turned it last; `direct` is a cut past the log."""

    broadcast: str
    run: Run
    turned_by: str
    turned_at: int
    direct: DirectCut | None = None


def wish(scene: Scene | None, now: int) -> Wish | None:
    """What the microphones should be at a time (ms).

    None is that nobody minds: before the first presentation, and an hour after the last one.
    """
    if scene is None:
        return None
    run, direct = scene.run, scene.direct
    if run.finished_at is not None and now >= run.finished_at + LET_GO_AFTER_MS:
        return None
    place = (scene.broadcast, run.slot)
    is_open = run.is_microphone_open(now)
    if is_open and direct is not None:
        return Wish(False, direct.id, direct.at, *place)
    is_by_clock = run.ordered_open is None and run.paused_at is None and run.finished_at is None
    if not is_open and is_by_clock and run.has_microphone:
        return Wish(False, scene.turned_by, run.ends_at, *place)
    return Wish(is_open, scene.turned_by, scene.turned_at, *place)


def follow(
    scene: Scene | None, state: LiveState, offset: int, message: SessionsMessage
) -> Scene | None:
    """The scene after a message of `sessions` that was just folded at an offset."""
    held = state.broadcasts.get(message.broadcast)
    if held is None or held.session.position != offset + 1 or not isinstance(message, TURNS):
        return scene
    if message.slot is None:
        return scene
    after = Scene(held.id, held.session.runs[message.slot], message.id, message.at)
    if scene is not None and scene.run.slot == message.slot and not _ends(scene.direct, message):
        after.direct = scene.direct
    return after


def _ends(direct: DirectCut | None, message: SessionsMessage) -> bool:
    """Whether the log knows of a direct cut now, or the operator opened the microphone after it."""
    if direct is None or message.id == direct.id:
        return True
    opens = isinstance(message, PresentationResumed) or (
        isinstance(message, MicrophoneOrdered) and message.is_open
    )
    return opens and message.at > direct.at


def cut(scene: Scene, order: DirectCut) -> bool:
    """Take a direct cut; whether it is news: one that came already, or is too old, is not."""
    if _is_known(scene, order) or is_too_old(scene, order):
        return False
    scene.direct = order
    return True


def is_too_old(scene: Scene, order: DirectCut) -> bool:
    """Whether the scene was turned after a direct cut was pressed, and by something else."""
    return order.at < scene.turned_at and not _is_known(scene, order)


def _is_known(scene: Scene, order: DirectCut) -> bool:
    return order.id == scene.turned_by or (scene.direct is not None and order.id == scene.direct.id)


def choose(held: Scene | None, folded: Scene | None, state: LiveState) -> Scene | None:
    """The scene to go on with once the log is read: what it does not know is kept to its end."""
    if held is None:
        return folded
    live = state.broadcasts.get(held.broadcast)
    if live is None or held.run.slot not in live.session.runs:
        return held
    if (
        folded is not None
        and folded.run.slot == held.run.slot
        and folded.turned_at <= held.turned_at
    ):
        folded.direct = held.direct
    return folded
