"""Lines of several processes on one terminal, each with its role in front.

A thread writes them: a terminal that stands still (a pager, Ctrl-S) must not hold up the evening.
"""

import os
import queue
import shutil
import threading
import time
import zlib
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92, 95)
MOST_LINES = 10_000
CLOSE_WITHIN_S = 1.0
STATUS_EVERY_S = 5.0
ERASE = "\r\x1b[2K"


class Screen:
    """Writes lines to a stream; colours only on a terminal, and not with NO_COLOR set."""

    def __init__(self, stream: TextIO, width: int = 10) -> None:
        self._stream = stream
        self._width = width
        self._is_terminal = stream.isatty()
        self._colour = self._is_terminal and not os.environ.get("NO_COLOR")
        self._status = ""
        self._status_at = -STATUS_EVERY_S
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="screen", daemon=True)
        self._thread.start()

    def line(self, name: str, text: str) -> None:
        """Write one line of a role; it is left out when thousands are waiting already."""
        self._put(self._framed(name, text))

    def status(self, name: str, text: str) -> None:
        """Keep one living line at the foot of a terminal; elsewhere a line every few seconds."""
        if self._is_terminal:
            self._status = f"{name:<{self._width}} | {text}" if text else ""
            self._put("")
        elif text and time.monotonic() >= self._status_at + STATUS_EVERY_S:
            self._status_at = time.monotonic()
            self.line(name, text)

    def close(self) -> None:
        """Write what is waiting, within a second."""
        self._status = ""
        try:
            self._lines.put(None, timeout=CLOSE_WITHIN_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_WITHIN_S)

    def _put(self, text: str) -> None:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1

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
                self._stream.write(self._above_status(line))
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                return

    def _above_status(self, line: str) -> str:
        if not self._is_terminal:
            return line
        columns = shutil.get_terminal_size().columns
        return f"{ERASE}{line}{self._status[: columns - 1]}"
