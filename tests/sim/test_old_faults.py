"""What once went wrong goes wrong again with the old code, in the evening of its seed."""

import os
import subprocess
import sys

import pytest

from tests.sim.old_faults import OLD_FAULTS


@pytest.mark.parametrize("number", range(len(OLD_FAULTS)), ids=[f.what for f in OLD_FAULTS])
@pytest.mark.timeout(180)
def test_the_old_code_fails_and_the_present_does_not(number: int) -> None:
    played = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.sim.old_faults", str(number)],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
