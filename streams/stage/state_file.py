"""What a stage controller must know after it was killed: its deadline, and facts not yet told."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from agents.reducers.scene import Scene

FILE = "stage.json"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class StageState:
    """The presentation with its deadline, the clock's offset, and the facts owed to the log.

    `warned` is the id of the last warning that was given, `holders` are the controllers that give
    the cues, by trigger.
    """

    scene: Scene | None = None
    offset_ms: float = 0.0
    owed: list[str] = field(default_factory=list[str])
    warned: str = ""
    holders: dict[str, str] = field(default_factory=dict[str, str])


class StateFile:
    """Keeps a `StageState` in a folder; each write is whole or not at all.

    A thread of its own writes, so that a slow disk delays no cut; it does not wait for the disk
    itself: what is written outlives the process, and after a power cut the log knows.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE
        self._draft = folder / f"{FILE}.new"
        self._writer = ThreadPoolExecutor(1, "stage-state")
        self._lock = threading.Lock()
        self._newest: bytes | None = None
        self._written = b""

    def load(self) -> StageState:
        """What was kept; nothing when there is none, or none that this version can read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=StageState)
        except FileNotFoundError:
            return StageState()
        except (msgspec.DecodeError, OSError) as error:
            log.warning("%s cannot be read and is left: %s", self._path, error)
            return StageState()

    def save(self, state: StageState) -> None:
        """Keep this, and return when it is kept; a disk that refuses is said, and stops nothing."""
        self.save_soon(state).result()

    def save_soon(self, state: StageState) -> Future[None]:
        """Keep this, or what is newer by then, as soon as the disk takes it."""
        with self._lock:
            self._newest = msgspec.json.encode(state)
        return self._writer.submit(self._write)

    def close(self) -> None:
        """Return when everything is kept."""
        self._writer.shutdown()

    def _write(self) -> None:
        with self._lock:
            # of several saves that wait the first writes the newest, the others nothing
            value, self._newest = self._newest, None
        if value is None or value == self._written:
            return
        try:
            self._draft.write_bytes(value)
            self._draft.replace(self._path)
        except OSError as error:
            log.error("the deadline cannot be kept in %s: %s", self._path, error)
        else:
            self._written = value
