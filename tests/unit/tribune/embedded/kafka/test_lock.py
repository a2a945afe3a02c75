import pytest

from tribune.embedded.kafka import lock
from tribune.embedded.kafka.lock import BadLock, Jar, parse, render

BROKER = Jar.of("org.apache.kafka:kafka_2.13:4.4.0", b"broker")
OTHER = Jar.of("com.example:a-lib:1.0-rc1", b"other")


def test_a_lock_reads_back_as_it_was_written_sorted_by_file_name() -> None:
    assert parse(render([BROKER, OTHER])) == [OTHER, BROKER]


def test_a_jar_has_the_name_that_maven_gives_it() -> None:
    assert OTHER.name == "a-lib-1.0-rc1.jar"


def test_our_own_lock_is_whole_and_of_one_kafka() -> None:
    ours = {jar.coordinate for jar in lock.locked() if "org.apache.kafka:" in jar.coordinate}
    assert {coordinate.rpartition(":")[2] for coordinate in ours} == {lock.version()}
    assert "org.apache.kafka:kafka-clients:" + lock.version() in ours


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("com.example:lib:1.0 12", "line 4"),
        ("com.example:lib:1.0 -1 " + "0" * 64, "line 4"),
        ("com.example:lib:1.0 12 " + "0" * 63, "line 4"),
        ("com.example:lib:1.0 12 " + "G" * 64, "line 4"),
        ("com.example:lib 12 " + "0" * 64, "line 4"),
        ("com.example:../lib:1.0 12 " + "0" * 64, "line 4"),
        ("com.example:lib:../../1.0 12 " + "0" * 64, "line 4"),
        ("org.example:kafka_2.13:4.4.0 12 " + "0" * 64, "two lines"),
    ],
)
def test_a_line_that_says_nothing_sure_is_refused_by_its_number(line: str, said: str) -> None:
    with pytest.raises(BadLock, match=said):
        parse(render([BROKER]) + line + "\n")


def test_a_lock_without_the_broker_is_refused() -> None:
    with pytest.raises(BadLock, match=r"kafka_2\.13"):
        parse(render([OTHER]))


def test_a_jar_is_right_only_to_the_byte(tmp_path) -> None:
    file = tmp_path / OTHER.name
    assert not OTHER.is_there(tmp_path)
    assert not OTHER.is_right(file)
    file.write_bytes(b"ot")
    assert not OTHER.is_there(tmp_path)
    file.write_bytes(b"0ther")
    assert OTHER.is_there(tmp_path)
    assert not OTHER.is_right(file)
    file.write_bytes(b"other")
    assert OTHER.is_right(file)
