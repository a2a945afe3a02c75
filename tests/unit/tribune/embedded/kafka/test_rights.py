from schemas.catalogue import ROLES
from schemas.topics import Topic
from tribune.embedded.kafka.rights import (
    ADMIN,
    READER,
    USERS,
    Operation,
    Pattern,
    Resource,
    rights,
)


def writers(topic: Topic, prefix: str = "") -> set[str]:
    return {
        right.user
        for right in rights(prefix)
        if right.resource is Resource.TOPIC
        and right.name == prefix + topic
        and right.operation is Operation.WRITE
    }


def test_only_the_gateway_writes_votes_and_only_the_worker_what_is_computed() -> None:
    assert writers(Topic.VOTES) == {"gateway"}
    assert writers(Topic.TALLIES) == writers(Topic.BOARDS) == {"worker"}
    assert writers(Topic.SCORES) == {"console"}


def test_every_topic_has_its_writers_and_they_are_roles() -> None:
    for topic in Topic:
        assert writers(topic)
        assert writers(topic) <= set(ROLES)


def test_every_role_may_read_and_the_reader_may_nothing_else() -> None:
    own = [right for right in rights("") if right.user == READER]
    assert {right.operation for right in own} == {Operation.READ, Operation.DESCRIBE_CONFIGS}
    readers = {right.user for right in rights("") if right.operation is Operation.READ}
    assert readers == set(USERS) - {ADMIN}


def test_a_prefix_stands_before_every_name() -> None:
    assert all(right.name.startswith("rehearsal-") for right in rights("rehearsal-"))
    assert writers(Topic.VOTES, "rehearsal-") == {"gateway"}


def test_a_group_is_joined_by_whom_it_is_for() -> None:
    groups = {
        (right.user, right.name, right.pattern)
        for right in rights("")
        if right.resource is Resource.GROUP
    }
    assert groups == {
        ("worker", "tribune-worker", Pattern.PREFIXED),
        (READER, READER, Pattern.PREFIXED),
    }
