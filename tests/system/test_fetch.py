"""`tribune fetch`, against a Maven repository on loopback that a settings.xml names."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.maven import PASSWORD, Repository, maven_repository
from tests.support.no_network import network_shut
from tribune.embedded.kafka.lock import Jar, locked, version
from tribune.embedded.kafka.runtime import class_path

# The command, in an environment whose prefix is the first argument.
IN_ANOTHER_ENVIRONMENT = (
    "import sys; sys.prefix = sys.argv.pop(1); from tribune.commands.cli import main; main()"
)


@pytest.fixture
def repository() -> Iterator[Repository]:
    with maven_repository() as repository:
        yield repository


class Environment:
    """An environment without jars, in a folder with a space in its name."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self.prefix = folder / "an environment"
        self.jars = self.prefix / "share" / "tribune" / "kafka" / version()
        self._variables = {
            **{key: value for key, value in os.environ.items() if "proxy" not in key.lower()},
            "HOME": str(repository.home(folder / "home")),
        }

    def start(self, *words: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        command = [*before, sys.executable, "-c", IN_ANOTHER_ENVIRONMENT, str(self.prefix)]
        return subprocess.Popen(
            [*command, "fetch", *words],
            env=self._variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def fetch(self, *words: str, before: tuple[str, ...] = ()) -> tuple[int, str]:
        process = self.start(*words, before=before)
        _, said = process.communicate(timeout=60)
        return process.returncode, said

    def is_whole(self) -> bool:
        return all(jar.is_right(self.jars / jar.name) for jar in locked())


@pytest.fixture
def environment(tmp_path: Path, repository: Repository) -> Environment:
    return Environment(tmp_path, repository)


def test_a_mirror_and_its_password_are_taken_from_mavens_settings(
    environment: Environment, repository: Repository
) -> None:
    assert environment.fetch() == (0, "")
    assert environment.is_whole()
    assert sorted(repository.asked) == [jar.name for jar in locked()]
    assert environment.fetch() == (0, "")
    assert len(repository.asked) == len(locked())


def test_a_fetch_that_was_killed_in_the_middle_goes_on(
    environment: Environment, repository: Repository
) -> None:
    half_way, let_go = threading.Event(), threading.Event()

    def stall_half_way(_: Jar, content: bytes) -> bytes:
        if len(repository.asked) > len(locked()) // 2:
            half_way.set()
            let_go.wait(60)
            return content[: len(content) // 2]
        return content

    repository.answer = stall_half_way
    process = environment.start()
    try:
        assert half_way.wait(60)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        let_go.set()
    repository.answer = lambda _, content: content
    kept = {jar.name for jar in locked() if (environment.jars / jar.name).exists()}
    assert kept
    assert not environment.is_whole()
    repository.asked.clear()
    assert environment.fetch() == (0, "")
    assert environment.is_whole()
    assert not kept & set(repository.asked)


def test_a_file_that_the_lock_does_not_name_is_refused_by_name_and_nothing_secret_is_said(
    environment: Environment, repository: Repository
) -> None:
    forged = locked()[7]
    repository.answer = lambda jar, content: content[::-1] if jar == forged else content
    code, said = environment.fetch()
    assert code == 1
    assert f"{forged.name} is refused" in said
    assert not (environment.jars / forged.name).exists()


def test_a_mirror_that_refuses_or_is_away_is_named_with_what_to_do(
    environment: Environment, repository: Repository
) -> None:
    repository.port = 9  # nothing listens there
    repository.home(environment.prefix.parent / "home")
    code, said = environment.fetch()
    assert code == 1
    assert "http://127.0.0.1:9" in said
    assert "settings.xml" in said
    assert "make setup BUNDLE=FILE" in said
    assert PASSWORD not in said
    assert "p%40ss" not in said


def test_without_any_network_the_jars_come_from_a_folder(environment: Environment) -> None:
    shut = network_shut()
    code, said = environment.fetch(before=shut)
    assert code == 1
    assert "could not be fetched" in said
    assert environment.fetch("--from", str(class_path()[0].parent), before=shut) == (0, "")
    assert environment.is_whole()
