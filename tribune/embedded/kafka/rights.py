"""Who may do what on the embedded log: a user per role, who writes what the catalogue says.

Whoever may not write a topic cannot forge it, whatever else it can do on this machine. Reading is
free to every user: what is secret is encrypted where it lies.
"""

from enum import IntEnum
from typing import NamedTuple

from schemas.catalogue import CATALOGUE, ROLES
from schemas.topics import Topic

ADMIN = "admin"
READER = "reader"
USERS = (ADMIN, READER, *ROLES)

GROUPS = {"worker": "tribune-worker", READER: READER}
"""How the names of the consumer groups begin that a user may join."""


class Resource(IntEnum):
    """What a right is about, by Kafka's own number (ResourceType)."""

    TOPIC = 2
    GROUP = 3


class Pattern(IntEnum):
    """Whether the name is meant as it is, or as a beginning (PatternType)."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """What may be done (AclOperation). Who reads or writes may describe too."""

    READ = 3
    WRITE = 4
    DESCRIBE_CONFIGS = 10


class Right(NamedTuple):
    """One thing that one user may do."""

    resource: Resource
    name: str
    pattern: Pattern
    user: str
    operation: Operation


def rights(prefix: str) -> frozenset[Right]:
    """All rights of all users, on the topics and groups whose names begin with `prefix`."""
    found = {
        Right(Resource.TOPIC, prefix + topic, Pattern.LITERAL, user, operation)
        for topic in Topic
        for user in (READER, *ROLES)
        for operation in (Operation.READ, Operation.DESCRIBE_CONFIGS)
    }
    for topic, entry in CATALOGUE.items():
        found |= {
            Right(Resource.TOPIC, prefix + topic, Pattern.LITERAL, user, Operation.WRITE)
            for user in entry.writers
        }
    for user, group in GROUPS.items():
        found.add(Right(Resource.GROUP, prefix + group, Pattern.PREFIXED, user, Operation.READ))
    return frozenset(found)
