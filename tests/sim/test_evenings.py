"""Two hundred evenings in which everything goes wrong that may, and come right in the end."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHUNK = 25
"""Some four seconds' worth, and as many on a busy machine as a test may take: a start costs one."""
MANY = (1_001, 2_001)
"""Where each of two processes begins; what nobody chose is played every night (`make soak`)."""
EACH = 1_000


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
@pytest.mark.timeout(900)
@pytest.mark.long("two thousand evenings, on two processors")
def test_two_thousand_other_evenings_come_right() -> None:
    with ThreadPoolExecutor() as pool:
        played = list(pool.map(lambda first: play("--seed", first, "--count", EACH), MANY))
    wrong = [each.stdout for each in played if each.returncode]
    assert not wrong, "\n".join(wrong)
