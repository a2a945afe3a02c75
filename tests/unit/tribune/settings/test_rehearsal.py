from pathlib import Path

import pytest

from tribune.settings.read import read_settings
from tribune.settings.shape import Settings, SimulatedDevice

REAL = """
data = "/srv/tribune"
[listen]
stages = ["http://10.0.0.7:8085"]
console = "http://10.0.0.5:8080"
[kafka]
bootstrap = "kafka:9092"
[clickhouse]
url = "http://clickhouse:8123"
[secrets]
key = "the real secret"
[stage.hall]
type = "x32"
host = "10.0.0.20"
channel = 1
[stage.mains]
type = "http"
url = "http://10.0.0.23/microphone"
secret = "whsec"
backup = true
[triggers.lights]
type = "http"
url = "http://10.0.0.30/"
on = ["cut"]
"""


def read(tmp_path: Path, **environment: str) -> Settings:
    file = tmp_path / "tribune.toml"
    file.write_text(REAL)
    return read_settings(file, environment)


def test_nothing_of_a_rehearsal_leads_to_the_real_log_archive_secret_or_device(
    tmp_path: Path,
) -> None:
    settings = read(tmp_path, TRIBUNE_REHEARSAL="true")
    assert (settings.own_kafka, settings.clickhouse) == (False, None)
    assert settings.data == Path("/srv/tribune/rehearsal")
    assert settings.secrets.key == ""
    assert (settings.listen.stages, settings.listen.console) == ([], "")
    assert (settings.triggers, list(settings.stage)) == ({}, ["hall", "mains"])
    assert all(isinstance(device, SimulatedDevice) for device in settings.stage.values())
    assert settings.stage["mains"].backup


def test_devices_alone_can_be_simulated(tmp_path: Path) -> None:
    settings = read(tmp_path, TRIBUNE_SIMULATED="true")
    assert settings.own_kafka
    assert settings.triggers == {}
    assert all(isinstance(device, SimulatedDevice) for device in settings.stage.values())


@pytest.mark.parametrize("word", ["rehearsal", "simulated"])
def test_without_devices_of_ones_own_there_are_two(tmp_path: Path, word: str) -> None:
    file = tmp_path / "tribune.toml"
    file.write_text(f"{word} = true")
    assert list(read_settings(file, {}).stage) == ["hall", "air"]


def test_otherwise_everything_is_as_it_was_said(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert not settings.rehearsal
    assert settings.own_kafka
    assert not any(isinstance(device, SimulatedDevice) for device in settings.stage.values())
