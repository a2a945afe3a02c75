"""Two hundred evenings in which everything goes wrong that may, and come right in the end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHUNK = 25
"""Some four seconds' worth, and as many on a busy machine as a test may take: a start costs one."""
CHAOS_S = 240
"""What the long tier gives: some thousand evenings."""


def play(*arguments: object, hash_seed: str = "0") -> subprocess.CompletedProcess[str]:
    """Play evenings in a process of their own: a run is also a function of the hashes of words."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.sim", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("first", range(1, 201, CHUNK))
@pytest.mark.timeout(300)
def test_whatever_fails_everything_comes_right(first: int) -> None:
    played = play("--seed", first, "--count", CHUNK)
    assert played.returncode == 0, played.stdout


def test_a_seed_is_one_evening() -> None:
    digests = {re.findall("digest (.*)", play("--count", 4).stdout)[0] for _ in range(2)}
    assert len(digests) == 1


@pytest.mark.chaos
@pytest.mark.timeout(2 * CHAOS_S)
@pytest.mark.long("as many evenings as four minutes give")
def test_thousands_of_evenings_from_a_seed_that_nobody_chose() -> None:
    seed = int.from_bytes(os.urandom(4))
    played = play("--seed", seed, "--seconds", CHAOS_S)
    print(played.stdout)
    assert played.returncode == 0, played.stdout
