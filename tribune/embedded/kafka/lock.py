"""The lock of Kafka's jars: which files they are, to the byte."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

LOCK = Path(__file__).with_name("kafka.lock")
BROKER = "org.apache.kafka:kafka_2.13"
HEADER = (
    "# Apache Kafka and what it needs to run: `make lock` writes this, `make setup` obeys it.\n"
    "# coordinate size sha256\n"
)

# A jar's file name is made of its coordinate: nothing in one may lead out of the folder.
_COORDINATE = re.compile(r"[\w.-]+:[\w.-]+:\d[\w.+-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadLock(ValueError):
    """The lock cannot be read; the text names the line."""


@dataclass(frozen=True, slots=True)
class Jar:
    """A file of Maven Central; the coordinate is group:artifact:version."""

    coordinate: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, coordinate: str, content: bytes) -> Self:
        """Describe a file by what is in it."""
        return cls(coordinate, len(content), hashlib.sha256(content).hexdigest())

    @property
    def name(self) -> str:
        """Its file name, as Maven repositories give it."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"

    def is_there(self, folder: Path) -> bool:
        """Say whether a folder has it whole, by its size."""
        try:
            return (folder / self.name).stat().st_size == self.size_bytes
        except FileNotFoundError:
            return False

    def is_right(self, file: Path) -> bool:
        """Say whether a file is it, by its hash."""
        if not file.is_file() or file.stat().st_size != self.size_bytes:
            return False
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == self.sha256


def parse(text: str) -> list[Jar]:
    """Read a lock: the jars, sorted by file name, the broker's own among them.

    Raises:
        BadLock: with the number of the line.
    """
    lines = enumerate(text.splitlines(), 1)
    jars = [_parse_line(n, line) for n, line in lines if line.strip() and line[0] != "#"]
    if len({jar.name for jar in jars}) < len(jars):
        raise BadLock("two lines name the same file")
    if not any(jar.coordinate.startswith(f"{BROKER}:") for jar in jars):
        raise BadLock(f"no line names {BROKER}")
    return sorted(jars, key=lambda jar: jar.name)


def _parse_line(number: int, line: str) -> Jar:
    match line.split():
        case [coordinate, size, sha256] if (
            _COORDINATE.fullmatch(coordinate) and size.isdecimal() and _SHA256.fullmatch(sha256)
        ):
            return Jar(coordinate, int(size), sha256)
        case _:
            raise BadLock(f"line {number} is not `coordinate size sha256`: {line[:100]!r}")


def render(jars: Iterable[Jar]) -> str:
    """Write a lock; `parse` reads it."""
    ordered = sorted(jars, key=lambda jar: jar.coordinate)
    return HEADER + "".join(f"{j.coordinate} {j.size_bytes} {j.sha256}\n" for j in ordered)


@cache
def locked() -> tuple[Jar, ...]:
    """Give the jars of our lock, sorted by file name."""
    return tuple(parse(LOCK.read_text(encoding="ascii")))


def version() -> str:
    """Give the version of the embedded Kafka, e.g. `4.4.0`."""
    [broker] = [jar for jar in locked() if jar.coordinate.startswith(f"{BROKER}:")]
    return broker.coordinate.rpartition(":")[2]
