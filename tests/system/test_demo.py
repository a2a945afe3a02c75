"""The demo plays its evening and its presentation day, and finds nothing wrong with them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.system import TRIBUNE, write_settings


@pytest.mark.timeout(300)
@pytest.mark.long("the demo evening, as it is")
def test_the_demo_holds_a_presentation_day_beside_the_vote_and_all_its_checks_hold(
    tmp_path: Path,
) -> None:
    write_settings(tmp_path, **{"stage.hall": 'type = "x32"\nhost = "192.0.2.1"\nchannel = 1'})
    words = ("--exit", "--json", "--citizens", "300", "--speed", "2")
    command = [str(TRIBUNE), "demo", *words, "--config", str(tmp_path / "tribune.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert [check for check in found["checks"] if not check["ok"]] == []
    assert (found["ok"], done.returncode) == (True, 0)
    day = found["presentations"]
    assert (day["groups"], day["slots"]) == (3, 9)
    assert day["marks"] > 100
    assert day["cut_late_ms"]["max"] <= 500
