"""`tribune restore`: from an archive to an empty log, embedded or on another cluster."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.kafka import real_kafka
from tests.support.system import COUNTY, TRIBUNE, running_system


def restore(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(TRIBUNE), "restore", "--config", str(folder / "tribune.toml")]
    return subprocess.run(
        command, env=os.environ | more, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.timeout(400)
@pytest.mark.long("one life of everything, then five of the servers alone, by the real command")
def test_an_archive_fills_an_empty_log_here_or_elsewhere_and_no_other(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", "satisfaction-2026")
    with real_kafka(tmp_path / "cluster") as kafka:
        cluster = {
            "TRIBUNE_KAFKA_BOOTSTRAP": kafka.address.bootstrap,
            "TRIBUNE_SECRETS_KEY": "the same on every machine",
        }
        done = restore(tmp_path, **cluster)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "3 archived facts went back to their places" in done.stdout
        again = restore(tmp_path, **cluster)
        assert again.returncode == 1
        assert "is not empty: broadcasts, partition 0 holds 4 facts" in again.stdout
    here = restore(tmp_path)
    assert here.returncode == 1
    assert "is not empty: broadcasts, partition 0 holds 3 facts" in here.stdout
    shutil.rmtree(tmp_path / "data" / "log")
    anew = restore(tmp_path)
    assert anew.returncode == 0, anew.stdout + anew.stderr
    assert "3 archived facts went back to their places" in anew.stdout
    with running_system(tmp_path) as system:
        assert "is closed" in system.tribune("round", "close", "satisfaction-2026")
