"""When the presenter is to be warned; the stage controller gives the warning, on its own clock.

Of a limit one warning is given. More time or a pause puts off the next one; when no more than the
warning's own time is left, and it was given, no other follows. Times are ms on the log's clock.
"""

from agents.reducers.scene import Scene
from schemas.sessions import WarningGiven


def due(scene: Scene | None, given: str, now: int) -> WarningGiven | None:
    """The warning that must be given at a time (ms), unless it is the one that was `given` last.

    One that is late is given at once, but none after the limit.
    """
    fact = _pending(scene, given, now)
    return fact if fact is not None and fact.planned_at <= now else None


def wake_at(scene: Scene | None, given: str, now: int) -> int | None:
    """When `due` must be asked next (ms), if at all."""
    fact = _pending(scene, given, now)
    return fact.planned_at if fact is not None else None


def _pending(scene: Scene | None, given: str, now: int) -> WarningGiven | None:
    if scene is None or scene.run.warning is None or now >= scene.run.ends_at:
        return None
    run, warning = scene.run, scene.run.warning
    name = f"{warning.command}:warning:{warning.planned_at}"
    if run.finished_at is not None or run.paused_at is not None or name == given:
        return None
    return WarningGiven(
        at=now,
        id=name,
        broadcast=scene.broadcast,
        slot=run.slot,
        planned_at=warning.planned_at,
        sent_at=now,
    )
