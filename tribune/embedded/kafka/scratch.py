"""A scratch folder in Kafka's own folder, for one process at a time."""

import fcntl
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Busy(RuntimeError):
    """Another process is at it."""


@contextmanager
def scratch(folder: Path, name: str, *, wait: bool) -> Generator[Path]:
    """Give an empty folder on the same disk, so that a rename brings what is made into its place.

    What a killed process left there is removed.

    Raises:
        Busy: another process has it, and it is not waited for.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        own = folder / f".{name}"
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
