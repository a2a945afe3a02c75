"""`make setup BUNDLE=FILE` in a small checkout, with the network shut."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.no_network import network_shut
from tests.support.wheels import lock_of, wheel_of
from tools import bundle

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.long("an environment is installed, byte-compiled: half a minute on a busy machine"),
]

OURS = Path(__file__).parents[2]
BUILDS = ("hatchling", "editables", "packaging", "pathspec", "pluggy", "trove-classifiers")
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "small"
version = "1"
[project.scripts]
tribune = "tribune.small:main"
[tool.hatch.build.targets.wheel]
packages = ["tribune"]
"""
# It stands for `tribune fetch`, and notes where it was told to find the jars, and which there are.
COMMAND = """
import pathlib, sys
def main():
    word, option, folder = sys.argv[1:]
    names = sorted(file.name for file in pathlib.Path(folder).iterdir())
    pathlib.Path("fetched").write_text(f"{word} {option} {names}")
"""


class Checkout:
    """A checkout of its own, in a folder with spaces in its name, and its bundle."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "a small checkout"
        self.bundle = home / "all of it.zip"
        package = self.folder / "tribune" / "embedded" / "kafka"
        package.mkdir(parents=True)
        (package / "kafka.lock").write_text("the jars\n")
        (self.folder / "tribune" / "small.py").write_text(COMMAND)
        (self.folder / "pyproject.toml").write_text(PROJECT)
        shutil.copy(OURS / "Makefile", self.folder)
        shutil.copytree(OURS / "tools", self.folder / "tools")
        self._fill()

    def _fill(self) -> None:
        wheels = self.home / "wheels"
        wheels.mkdir()
        uv, *others = [wheel_of(name, wheels) for name in ("uv", *BUILDS)]
        (self.folder / "bootstrap.lock").write_text(lock_of([uv]))
        (self.folder / "requirements.lock").write_text(lock_of([uv, *others]))
        jar = self.home / "kafka.jar"
        jar.write_bytes(b"a jar")
        bundle.write(self.bundle, self.folder, [uv, *others], [jar])

    def set_up(self, *before: str) -> subprocess.CompletedProcess[str]:
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "UV_CACHE_DIR": str(self.home / "cache"),
        }
        words = [f"PYTHON={sys.executable}", f"BUNDLE=../{self.bundle.name}"]
        return subprocess.run(
            [*before, "make", "setup", *words],
            cwd=self.folder,
            env=variables,
            text=True,
            capture_output=True,
            check=False,
        )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("set-up"))


def test_a_bundle_sets_up_a_new_checkout_without_any_network(checkout: Checkout) -> None:
    done = checkout.set_up(*network_shut())
    assert done.returncode == 0, done.stderr
    assert (checkout.folder / "fetched").read_text() == "fetch --from ['kafka.jar']"
    names = {file.name for file in (checkout.folder / ".venv").iterdir()}
    assert not names & {".unfinished", "bundle"}


def test_a_package_that_a_killed_set_up_left_half_there_is_put_right(checkout: Checkout) -> None:
    shut, environment = network_shut(), checkout.folder / ".venv"
    if not (environment / ".synced").exists():
        assert checkout.set_up(*shut).returncode == 0
    [lost] = environment.glob("lib/*/site-packages/pathspec/pathspec.py")
    lost.unlink()
    (environment / ".synced").unlink()
    (environment / ".unfinished").touch()
    done = checkout.set_up(*shut)
    assert done.returncode == 0, done.stderr
    assert lost.exists()


def test_what_stops_a_set_up_is_said_with_what_to_do(checkout: Checkout) -> None:
    lock = checkout.folder / "requirements.lock"
    was = lock.read_text()
    lock.write_text("something newer\n")
    try:
        done = checkout.set_up(*network_shut())
    finally:
        lock.write_text(was)
    assert done.returncode != 0
    assert "requirements.lock" in done.stderr
    assert "make bundle" in done.stderr
