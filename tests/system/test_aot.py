"""Java's cache of Kafka: made once, used from then on, and never in the way of a start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.kafka import Node
from tribune.embedded.kafka import aot
from tribune.embedded.kafka.node import JVM
from tribune.embedded.kafka.runtime import class_path, kafka_folder

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.long("a training run is a start of Kafka, its use, and Java's writing: 15 s alone"),
    pytest.mark.timeout(1_200),
]

# The command, in an environment whose prefix is the first argument.
TRAIN = "import sys; sys.prefix = sys.argv.pop(1); from tribune.commands.cli import main; main()"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of an environment with our jars, in a folder with a space in its name."""
    prefix = tmp_path_factory.mktemp("an environment")
    folder = prefix / kafka_folder().relative_to(sys.prefix)
    folder.mkdir(parents=True)
    for jar in class_path():
        (folder / jar.name).hardlink_to(jar)
    return prefix


@pytest.fixture
def cache(environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache, made by the first test that asks; from now on this is our environment."""
    monkeypatch.setattr(sys, "prefix", str(environment))
    if aot.is_wanted(JVM):
        train(environment)
    return aot.cache_file(JVM)


def train(environment: Path) -> str:
    command = [sys.executable, "-c", TRAIN, str(environment), "train"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def started(home: Path) -> Node:
    node = Node(1, home)
    node.prepare([node])
    node.start()
    try:
        node.await_ready()
    finally:
        if node.process is not None and node.process.poll() is not None:
            node.end()
    return node


def maps(node: Node) -> str:
    assert node.process is not None
    return Path(f"/proc/{node.process.pid}/maps").read_text()


def test_kafka_starts_with_the_cache_once_it_is_made(cache: Path, tmp_path: Path) -> None:
    node = started(tmp_path)
    try:
        assert str(cache) in maps(node)
        assert "[aot]" not in node.log.read_text()
    finally:
        node.end()


def test_a_second_training_finds_that_it_is_done(cache: Path, environment: Path) -> None:
    made_at = cache.stat().st_mtime_ns
    assert "has before" in train(environment)
    assert cache.stat().st_mtime_ns == made_at
    assert [file for file in cache.parent.iterdir() if file.name == ".training"] == []


@pytest.mark.parametrize("kept", [0, 1_000, 30_000_000])
def test_a_broken_cache_stops_no_start(cache: Path, tmp_path: Path, kept: int) -> None:
    whole = cache.with_suffix(".whole")
    cache.replace(whole)
    try:
        with whole.open("rb") as source:
            cache.write_bytes(source.read(kept))
        started(tmp_path).end()
    finally:
        whole.replace(cache)
