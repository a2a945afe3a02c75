"""The folder of a running system: one `tribune up` for each data folder, by a lock on it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tribune.settings.shape import PRIVATE


class InUse(RuntimeError):
    """Another `tribune up` runs on the data folder."""


def holder(run_dir: Path) -> int | None:
    """The process id of the `tribune up` that runs on this folder, or None."""
    try:
        with (run_dir / "up.lock").open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _noted(run_dir)
    return None


def _noted(run_dir: Path) -> int:
    text = (run_dir / "up.lock").read_text(encoding="ascii").strip()
    return int(text) if text.isdigit() else 0


@contextmanager
def locked(run_dir: Path) -> Generator[None]:
    """Hold the folder until the block ends; what a killed one left in it is cleared away.

    Raises:
        InUse: another one holds it.
    """
    run_dir.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    run_dir.mkdir(exist_ok=True)
    with (run_dir / "up.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"the data folder {run_dir.parent} is in use by another `tribune up` (process "
                f"{_noted(run_dir)}); stop that one, or give this one a folder of its own with "
                "`data` in tribune.toml or TRIBUNE_DATA"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        for left_over in run_dir.glob("*.pid"):
            left_over.unlink(missing_ok=True)
        try:
            yield
        finally:
            file.truncate(0)
