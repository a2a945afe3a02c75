"""What to do about the last words of a Kafka that ended: said in a line under them."""

import re
from collections.abc import Iterable

OR_ANOTHER = "or set [kafka] bootstrap to a Kafka that runs elsewhere"

ADVICE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (
            r"No space left on device|Disk quota exceeded",
            "the disk of the data folder is full: make room; nothing that was acknowledged is lost",
        ),
        (
            r"Address already in use|BindException",
            "another program has its port: stop it, or set [ports] broker and broker_controller",
        ),
        (
            r"Could not reserve enough space|insufficient memory|OutOfMemoryError|"
            r"Native memory allocation|Failed to (?:map|commit)",
            f"too little memory: end other programs, {OR_ANOTHER}",
        ),
        (
            r"Permission denied|AccessDeniedException|Read-only file system",
            "the data folder cannot be written: it, and all in it, must belong to this user",
        ),
        (
            r"(?:Unsupported|Unknown|No).{0,40}metadata.?version|UnsupportedVersionException",
            "the log was written by a newer Kafka: run the newer Tribune that did, "
            "or bring back a copy of the data folder",
        ),
        (
            r"InconsistentClusterId|InconsistentMetaProperties|"
            r"Stored (?:node|cluster|directory) id|No `meta.properties`",
            "the log's folder is not the one that was made here: bring it back from a copy, or "
            "move it away; then a new log is begun with what the archive holds",
        ),
        (
            r"Could not find or load main class|ClassNotFoundException|NoClassDefFoundError|"
            r"Error: Could not find|libjvm",
            f"Kafka or its Java is not whole: run `make setup`, {OR_ANOTHER}",
        ),
    )
)


def explain(lines: Iterable[str]) -> str | None:
    """Say what is wrong and what to do; None for what we do not know. The last word counts."""
    for line in reversed(list(lines)):
        for pattern, advice in ADVICE:
            if pattern.search(line):
                return advice
    return None
