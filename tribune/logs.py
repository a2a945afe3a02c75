"""How a role logs: one line a message, UTC, no secret, and no flood from a lost connection."""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from traceback import extract_tb

# aiokafka logs 1,000 errors a second while a broker is away (measured); an eye follows this
EVERY_S = 5.0
FLOODING = ("aiokafka", "asyncio")
# From the line that failed through a library to our own that called it
FRAMES = 6
SHORTEST_SECRET = 4
# Texts of other loggers keep their numbers, so each may be new: bounded; the old ones go first
MOST_REMEMBERED = 1_000
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
NUMBER = re.compile(r"0x[0-9a-f]+|[0-9.]+")


def set_up_logs(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Log to standard error, as `OneLine` writes it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    handler.setFormatter(OneLine(secrets))
    handler.addFilter(Sparse(FLOODING))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)


class OneLine(logging.Formatter):
    """`2026-11-22T10:00:00.123Z warning streams.gateway: text`; an exception in the same line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        # A shorter one is no secret, and a part of too many words: lines could not be read.
        long_enough = {word for word in secrets if len(word) >= SHORTEST_SECRET}
        self._secrets = sorted(long_enough, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text += f": {described(record.exc_info[1])}"
        for word in self._secrets:
            text = text.replace(word, "***")
        text = " ".join(text.split())
        head = f"{stamp}.{int(record.msecs):03}Z {record.levelname.lower()}"
        return f"{head} {record.name}: {text}"


def described(error: BaseException) -> str:
    """An exception in one line: what, and the last places that it came through."""
    frames = extract_tb(error.__traceback__)[-FRAMES:]
    places = " < ".join(
        f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno}"
        for frame in reversed(frames)
    )
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{text} ({places})" if places else text


class Sparse(logging.Filter):
    """Lets what is said again and again through once in a few seconds.

    A record of the loggers that flood is like another one of the same form, whatever its numbers;
    any other only like one of the same words, addresses of objects aside.
    """

    def __init__(
        self, flooding: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._flooding = flooding
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is written; it tells how many like it were not."""
        floods = record.name.startswith(self._flooding)
        text = NUMBER.sub("", str(record.msg)) if floods else ADDRESS.sub("", record.getMessage())
        key, now = (record.name, text), self._clock()
        last, left_out = self._seen.get(key, (float("-inf"), 0))
        if now - last < EVERY_S:
            self._seen[key] = (last, left_out + 1)
            return False
        self._forget(now)
        self._seen[key] = (now, 0)
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out:,} times more like it)"
            record.args = ()
        return True

    def _forget(self, now: float) -> None:
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen = {key: seen for key, seen in self._seen.items() if now - seen[0] < EVERY_S}
