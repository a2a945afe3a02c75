"""What happened in a run: summed up always, told line by line when one looks."""

import logging
import sys
from dataclasses import dataclass, field

from tests.sim.loop import VirtualLoop
from tests.sim.process import CURRENT

LONGEST_WORDS = 160


@dataclass(slots=True, eq=False)
class Trace:
    """The events of a run; `told` prints each as it happens, with the time and the process."""

    loop: VirtualLoop
    told: bool = False
    events: list[str] = field(default_factory=list)

    def note(self, words: str) -> None:
        """Take an event."""
        process = CURRENT.get(self.loop.world)
        line = f"{self.loop.now_s:9.3f} {process.name:<12} {words}"
        self.events.append(line)
        if self.told:
            sys.stdout.write(line[:LONGEST_WORDS] + "\n")


class LogLines(logging.Handler):
    """What the shells themselves log, as events."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(logging.INFO)
        self._trace = trace

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line."""
        self._trace.note(f"log {record.levelname.lower()}: {record.getMessage()}")
