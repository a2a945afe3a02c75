"""Lines of several processes on one terminal, each with its role in front, and one living line.

A thread writes them: a terminal that stands still (a pager, Ctrl-S) must not hold up the evening.
"""

import os
import queue
import shutil
import threading
import time
import zlib
from typing import NamedTuple, TextIO

# ECMA-48, SGR: all but red, which alarms, and black and white, of which one is the ground
COLOURS = (36, 32, 33, 35, 34, 96, 92, 95)
CLEAR_LINE = "\r\x1b[K"
MOST_LINES = 10_000  # a terminal that stands still costs a megabyte or two, and then lines
CLOSE_WITHIN_S = 1.0  # so long a terminal that stands still holds the end up, twice
STATUS_EVERY_S = 5.0  # in a file: seen to go on, and the other lines are still found


class _Part(NamedTuple):
    """What is to be written: a line, or another living line (None: the one there is)."""

    line: str = ""
    status: str | None = None


class Screen:
    """Writes lines to a stream; colours only on a terminal, and not with NO_COLOR set."""

    def __init__(self, stream: TextIO, width: int = 10) -> None:
        self._stream = stream
        self._width = width
        self._is_terminal = stream.isatty()
        self._colour = self._is_terminal and not os.environ.get("NO_COLOR")
        self._waiting: queue.Queue[_Part | None] = queue.Queue(MOST_LINES)
        self._left_out = 0
        self._status = ""
        self._status_at = float("-inf")
        self._thread = threading.Thread(target=self._write, name="screen", daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Write one line of a role; it is left out when thousands are waiting already."""
        self._add(_Part(line=self._framed(name, text) + "\n"))

    def status(self, name: str, text: str) -> None:
        """Keep a line alive below all others (an empty text ends it).

        Where there is no terminal it is written as a line, once in a few seconds.
        """
        if self._is_terminal:
            self._add(_Part(status=self._framed(name, text) if text else ""))
        elif text and time.monotonic() - self._status_at >= STATUS_EVERY_S:
            self._status_at = time.monotonic()
            self.line(name, text)

    def close(self) -> None:
        """Write what is waiting, within a second."""
        try:
            self._waiting.put(None, timeout=CLOSE_WITHIN_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_WITHIN_S)

    def _add(self, part: "_Part") -> None:
        try:
            self._waiting.put_nowait(part)
        except queue.Full:
            self._left_out += 1

    def _framed(self, name: str, text: str) -> str:
        head = f"{name:<{self._width}} | "
        if not self._colour:
            return head + text
        return f"\x1b[{COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]}m{head}\x1b[0m{text}"

    def _write(self) -> None:
        while (part := self._waiting.get()) is not None:
            line = part.line
            self._status = self._status if part.status is None else part.status
            left_out, self._left_out = self._left_out, 0
            if left_out:
                line += self._framed("tribune", f"({left_out} lines left out: the screen stood)\n")
            try:
                self._stream.write(self._with_status(line))
                if self._waiting.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                return

    def _with_status(self, lines: str) -> str:
        if not self._is_terminal:
            return lines
        widest = shutil.get_terminal_size().columns + (
            len("\x1b[36m\x1b[0m") if self._colour else 0
        )
        return f"{CLEAR_LINE}{lines}{self._status[: widest - 1]}"
