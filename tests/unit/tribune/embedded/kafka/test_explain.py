import pytest

from tribune.embedded.kafka.explain import explain


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("ERROR LogManager: java.io.IOException: No space left on device", "make room"),
        ("java.net.BindException: Address already in use", "another program has its port"),
        ("Could not reserve enough space for 163840KB object heap", "too little memory"),
        ("Terminating due to java.lang.OutOfMemoryError: Java heap space", "too little memory"),
        ("java.nio.file.AccessDeniedException: /data/log/.lock", "must belong to this user"),
        ("Unknown metadata.version 99", "by a newer Kafka"),
        ("InconsistentClusterIdException: The Cluster ID x doesn't match", "from a copy"),
        ("Error: Could not find or load main class kafka.Kafka", "run `make setup`"),
    ],
)
def test_what_kafka_ends_with_is_said_with_what_to_do(line: str, advice: str) -> None:
    said = explain(["[main] starting", line, "  at kafka.Kafka.main(Kafka.scala)"])
    assert said is not None and advice in said


def test_what_is_not_known_is_not_explained() -> None:
    assert explain(["INFO all is well", "Exception in thread main"]) is None
    assert explain([]) is None
