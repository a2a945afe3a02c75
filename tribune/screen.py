"""Lines of several processes on one terminal, each with its role in front.

A thread writes them: a terminal that stands still (a pager, Ctrl-S) must not hold up the evening.
"""

import os
import queue
import threading
import zlib
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 95)
MOST_LINES = 10_000
CLOSE_WITHIN_S = 1.0


class Screen:
    """Writes lines to a stream; colours only on a terminal, and not with NO_COLOR set."""

    def __init__(self, stream: TextIO, width: int = 10) -> None:
        self._stream = stream
        self._width = width
        self._colour = stream.isatty() and not os.environ.get("NO_COLOR")
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="screen", daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Write one line of a role; it is left out when thousands are waiting already."""
        try:
            self._lines.put_nowait(self._framed(name, text))
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Write what is waiting, within a second."""
        try:
            self._lines.put(None, timeout=CLOSE_WITHIN_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_WITHIN_S)

    def _framed(self, name: str, text: str) -> str:
        head = f"{name:<{self._width}} | "
        if self._colour:
            head = f"\x1b[{COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]}m{head}\x1b[0m"
        return f"{head}{text}\n"

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            left_out, self._left_out = self._left_out, 0
            if left_out:
                line += self._framed("tribune", f"({left_out} lines left out: the terminal stood)")
            try:
                self._stream.write(line)
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                return
