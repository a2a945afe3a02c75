"""How a role logs: one line a message, UTC, no secret, and no flood from a lost connection."""

import logging
import sys
import time
from collections.abc import Callable, Iterable
from traceback import extract_tb

EVERY_S = 5.0
FLOODING = ("aiokafka", "kafka", "faust.transport", "mode")
FRAMES = 6


def set_up_logs(secrets: Iterable[str] = (), level: int = logging.INFO) -> None:
    """Log to standard error, as `OneLine` writes it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(secrets))
    handler.addFilter(Sparse(FLOODING))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)


class OneLine(logging.Formatter):
    """`2026-11-22T10:00:00.123Z warning streams.gateway: text`; an exception in the same line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = sorted({word for word in secrets if word}, key=len, reverse=True)

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
    """Of the records of some loggers, lets each message through once in a few seconds."""

    def __init__(
        self, loggers: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._loggers = loggers
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is written; it tells how many like it were not."""
        if not record.name.startswith(self._loggers):
            return True
        key, now = (record.name, str(record.msg)), self._clock()
        last, left_out = self._seen.get(key, (float("-inf"), 0))
        if now - last < EVERY_S:
            self._seen[key] = (last, left_out + 1)
            return False
        self._seen[key] = (now, 0)
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out:,} times more like it)"
            record.args = ()
        return True
