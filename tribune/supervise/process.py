"""One running child: its process id on disk, its log lines on the screen, its end."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tribune.supervise.child import WAIT
from tribune.supervise.screen import Screen

CHUNK_BYTES = 1 << 16  # what a pipe of Linux holds (pipe(7))
# A screen full; what never ends its line would fill the memory
LONGEST_LINE_BYTES = 1 << 14
# What is left in the pipe is read in milliseconds; who holds it open besides is not waited for
LAST_WORDS_S = 0.5
# An exception of Java, with all that it came through.
LAST_LINES = 200
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Process:
    """A child in a session of its own, which dies with this process (`tribune.supervise.child`).

    One that `waits` has loaded all that it needs, and begins when it is told to `go`.
    """

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, pid_file: Path, screen: Screen
    ) -> None:
        self._process = process
        self._pid_file = pid_file
        self._has_begun = False
        self._ended = asyncio.create_task(self._wait())
        output = process.stdout or asyncio.StreamReader()
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._lines = asyncio.create_task(_each_line(output, lambda line: self._show(name, line)))
        self._screen = screen

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        run_dir: Path,
        screen: Screen,
        *,
        waits: bool = False,
    ) -> "Process":
        """Start a command (`tribune ...`, or a program's path) and note its process id."""
        tie = (sys.executable, "-P", "-m", "tribune.supervise.child", str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            *tie,
            *((WAIT,) if waits else ()),
            *command,
            stdin=PIPE if waits else DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
            env={**os.environ, **environment},
        )
        started = cls(name, process, run_dir / f"{name}.pid", screen)
        if not waits:
            started._begin()
        return started

    def go(self) -> bool:
        """Let one that waits begin; false when it has ended instead."""
        if self._ended.done() or self._process.stdin is None:
            return False
        self._begin()
        self._process.stdin.write(b"go\n")
        self._process.stdin.close()
        return True

    def _begin(self) -> None:
        self._has_begun = True
        _write_atomically(self._pid_file, f"{self.pid}\n")

    @property
    def pid(self) -> int:
        """Its process id, which is its session's too."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait for its end, and give the exit code (negative: the signal)."""
        return await asyncio.shield(self._ended)

    async def stop(self, within_s: float) -> bool:
        """Ask it to stop, and kill it when it does not in time; false then."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
            self._process.send_signal(signal.SIGCONT)
        try:
            async with asyncio.timeout(within_s):
                await self.wait()
        except TimeoutError:
            self.kill()
            await self.wait()
            return False
        return True

    def kill(self) -> None:
        """Kill it and whatever it started."""
        if not self._ended.done():
            _kill_group(self.pid)

    def _show(self, name: str, line: str) -> None:
        self.last_lines.append(line)
        self._screen.line(name, line)

    async def _wait(self) -> int:
        code = await self._process.wait()
        _kill_group(self.pid)
        await asyncio.wait([self._lines], timeout=LAST_WORDS_S)
        self._lines.cancel()
        if self._has_begun:
            self._pid_file.unlink(missing_ok=True)
        return code


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _write_atomically(path: Path, text: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="ascii")
    draft.replace(path)


async def _each_line(output: asyncio.StreamReader, show: Callable[[str], None]) -> None:
    rest = b""
    while chunk := await output.read(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST_LINE_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            show(_plain(line))
    if rest:
        show(_plain(rest))


def _plain(line: bytes) -> str:
    """The text of a line, without what would move the terminal's cursor."""
    return CONTROL.sub("", line.decode(errors="replace")).rstrip()
