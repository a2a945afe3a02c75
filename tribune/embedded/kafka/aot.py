"""Java's ahead-of-time cache of Kafka (JEP 514): classes as they are once read, checked and linked.

With it Kafka starts in half the time and CPU. It holds for one Java, one class path and one set of
options; where it does not fit or is broken Java says so and starts as without it.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from tribune.embedded.kafka.runtime import NoKafka, class_path, java_program, kafka_folder


def cache_file(options: Sequence[str]) -> Path:
    """Give the file of the cache for this Java, these jars and these options of Java.

    Raises:
        NoKafka: there is no Java here, or no Kafka.
    """
    java = java_program()
    release = (java.parents[1] / "release").read_text(encoding="utf-8")
    made_of = "\n".join([release, *map(str, class_path()), *options])
    key = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    return kafka_folder() / f"kafka-{key}.aot"


def aot_options(options: Sequence[str]) -> list[str]:
    """Give the further options that make Java use the cache; none while it is not made yet.

    Raises:
        NoKafka: there is no Java here, or no Kafka.
    """
    file = cache_file(options)
    # Its warnings are dozens of lines on things that it could not keep, at each start.
    return [f"-XX:AOTCache={file}", "-Xlog:aot*=error"] if file.is_file() else []


def is_wanted(options: Sequence[str]) -> bool:
    """Say whether a cache should be made: there is none, and it could be written."""
    try:
        return not cache_file(options).is_file() and os.access(kafka_folder(), os.W_OK)
    except NoKafka:
        return False


def keep(made: Path, options: Sequence[str]) -> None:
    """Put a cache that was made, in the same folder, into its place; it is the only one then."""
    file = cache_file(options)
    made.replace(file)
    for other in kafka_folder().glob("kafka-*.aot"):
        if other != file:
            other.unlink(missing_ok=True)
