"""The folder of the embedded log: made whole or not at all, and refused when it is not ours."""

import os
import shutil
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import decode, encode

from tribune.embedded.kafka import lock
from tribune.embedded.kafka.node import CLUSTER

FORMAT = 1
"""What the folder says of itself: a greater number is of a newer Tribune, with other files."""

NOTE = "tribune.json"
META = "meta.properties"
# Kafka's own mark of a clean end; it takes it away when it starts.
STOPPED_IN_ORDER = ".kafka_cleanshutdown"
BOOT = Path("/proc/sys/kernel/random/boot_id")
# Three segments of a busy topic: enough to stop in order before the disk is full.
LEAST_FREE_BYTES = 256 << 20
# What Kafka's Java was seen to take, and as much again for the roles.
LEAST_MEMORY_BYTES = 384 << 20
MEMORY = Path("/proc/meminfo")


class CannotStart(RuntimeError):
    """The embedded Kafka cannot run on this folder or machine; the text says what to do."""


class Note(Struct, frozen=True):
    """Who used the folder last, and since which start of the machine."""

    format: int
    kafka: str
    boot: str = ""


def in_doubt(log: Path) -> Path:
    """The file that stands while the log may hold less than it did: it is new, or the power went.

    Who opens the log puts back what the archive holds more, and takes the file away.
    """
    return log.with_suffix(".in-doubt")


def open_folder(log: Path, boot: str | None = None) -> None:
    """Make the folder of a new log, or see that it is one that this version can go on with.

    Raises:
        CannotStart: it is not.
    """
    ours = Note(FORMAT, lock.version(), boot_id() if boot is None else boot)
    if not log.exists() or not any(log.iterdir()):
        in_doubt(log).touch()
        _make(log, ours)
        return
    if not (log / META).exists():
        raise CannotStart(
            f"{log} holds files but no {META}: it is not a whole log. Bring it back from a copy, "
            "or move it away: then a new log is begun with what the archive holds"
        )
    found = _noted(log)
    if found.format > ours.format or _version(found.kafka) > _version(ours.kafka):
        raise CannotStart(
            f"{log} was last used by a newer Tribune (Kafka {found.kafka}, format {found.format}; "
            f"here is Kafka {ours.kafka}, format {ours.format}): run that version or a newer one"
        )
    if not (log / STOPPED_IN_ORDER).exists() and (found.boot != ours.boot or not ours.boot):
        in_doubt(log).touch()
    if found != ours:
        _note(log, ours)


def boot_id() -> str:
    """Which start of the machine this is: a kill loses nothing, only a machine that stops does.

    Empty where the system does not tell: then every end that was not in order counts as such.
    """
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def check_machine(data: Path, memory: Path = MEMORY) -> None:
    """See that there is room on the disk and in memory.

    Raises:
        CannotStart: there is not.
    """
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"the disk of {data.absolute()} is full: {free >> 20} MB are free, and a log needs "
            f"{LEAST_FREE_BYTES >> 20} MB to start. Make room, or set `data` to another disk"
        )
    available = available_memory(memory)
    if available is not None and available < LEAST_MEMORY_BYTES:
        raise CannotStart(
            f"too little memory: {available >> 20} MB are available, and the embedded Kafka and "
            f"the roles beside it need {LEAST_MEMORY_BYTES >> 20} MB. End other programs, or set "
            "[kafka] bootstrap to a Kafka that runs elsewhere"
        )


def available_memory(memory: Path = MEMORY) -> int | None:
    """Bytes that programs can still have, swap too; None where the system does not tell."""
    try:
        lines = memory.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kib = {key: int(rest.split()[0]) for key, _, rest in (line.partition(":") for line in lines)}
    return (kib["MemAvailable"] + kib.get("SwapFree", 0)) << 10


def write_meta(log: Path, node: int) -> None:
    """Write what Kafka's own StorageTool would, without another JVM."""
    _write(
        log / META,
        f"version=1\ncluster.id={CLUSTER}\nnode.id={node}\ndirectory.id={_directory_id()}\n",
    )


def _make(log: Path, note: Note) -> None:
    """Make it whole or not at all: under another name first."""
    draft = log.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_meta(draft, 1)
    _note(draft, note)
    draft.replace(log)


def _directory_id() -> str:
    """A random UUID as Kafka writes it; one that begins with a dash would look like an option."""
    while True:
        text = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _noted(log: Path) -> Note:
    note = log / NOTE
    try:
        return decode(note.read_bytes(), type=Note)
    except (OSError, DecodeError):
        raise CannotStart(
            f"{note} is missing or cannot be read: the folder was not made by Tribune, or not "
            "copied whole. Bring it back from a copy, or move the folder away: then a new log is "
            "begun with what the archive holds"
        ) from None


def _note(log: Path, note: Note) -> None:
    draft = log / f"{NOTE}.new"
    _write(draft, encode(note).decode() + "\n")
    draft.replace(log / NOTE)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
