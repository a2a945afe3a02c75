import json
from pathlib import Path

import pytest

from tribune.embedded.kafka import folder
from tribune.embedded.kafka.folder import CannotStart, check_machine, in_doubt, open_folder


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The folder of a log that is made, filled and was stopped in order."""
    made = tmp_path / "log"
    open_folder(made, "boot-1")
    in_doubt(made).unlink()
    (made / ".kafka_cleanshutdown").touch()
    return made


def note(log: Path, **more: object) -> None:
    said = json.loads((log / "tribune.json").read_text())
    (log / "tribune.json").write_text(json.dumps(said | more))


def test_a_new_log_is_made_whole_and_is_in_doubt_until_the_archive_was_asked(
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    open_folder(log, "boot-1")
    assert "node.id=1\n" in (log / "meta.properties").read_text()
    assert log.stat().st_mode & 0o777 == 0o700
    assert in_doubt(log).exists()


def test_what_a_killed_start_left_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "log.new").mkdir()
    (tmp_path / "log.new" / "meta.properties").write_text("half")
    (tmp_path / "log").mkdir()
    open_folder(tmp_path / "log", "boot-1")
    assert "cluster.id=" in (tmp_path / "log" / "meta.properties").read_text()
    assert not (tmp_path / "log.new").exists()


def test_a_log_that_was_stopped_in_order_or_only_killed_is_not_in_doubt(log: Path) -> None:
    open_folder(log, "boot-2")
    assert not in_doubt(log).exists()
    (log / ".kafka_cleanshutdown").unlink()
    open_folder(log, "boot-2")
    assert not in_doubt(log).exists()


@pytest.mark.parametrize("boot", ["boot-2", ""])
def test_a_log_whose_machine_stopped_under_it_is_in_doubt(log: Path, boot: str) -> None:
    (log / ".kafka_cleanshutdown").unlink()
    open_folder(log, boot)
    assert in_doubt(log).exists()


@pytest.mark.parametrize("newer", [{"kafka": "5.0.0"}, {"kafka": "4.10.0"}, {"format": 2}])
def test_a_folder_of_a_newer_tribune_is_refused(log: Path, newer: dict[str, object]) -> None:
    note(log, **newer)
    with pytest.raises(CannotStart, match=r"used by a newer Tribune .*: run that version"):
        open_folder(log)


def test_a_folder_of_an_older_kafka_is_taken_over(log: Path) -> None:
    note(log, kafka="4.3.1")
    open_folder(log, "boot-1")
    assert json.loads((log / "tribune.json").read_text())["kafka"] == folder.lock.version()


def test_half_a_log_is_refused(log: Path) -> None:
    (log / "meta.properties").unlink()
    with pytest.raises(CannotStart, match=r"no meta\.properties: it is not a whole log\. Bring"):
        open_folder(log)


@pytest.mark.parametrize("said", [None, b"", b'{"format": "x"}'])
def test_a_folder_that_tribune_did_not_make_is_refused(log: Path, said: bytes | None) -> None:
    (log / "tribune.json").unlink()
    if said is not None:
        (log / "tribune.json").write_bytes(said)
    with pytest.raises(CannotStart, match=r"tribune\.json is missing or cannot be read"):
        open_folder(log)


def test_a_full_disk_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LEAST_FREE_BYTES", 1 << 60)
    with pytest.raises(CannotStart, match=r"is full: .* MB are free.* Make room, or set `data`"):
        check_machine(tmp_path)


def test_too_little_memory_is_said_with_what_to_do(tmp_path: Path) -> None:
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 900000 kB\nMemAvailable: 100000 kB\nSwapFree: 50000 kB\n")
    with pytest.raises(CannotStart, match=r"too little memory: 146 MB .* End other programs, or"):
        check_machine(tmp_path, memory)
    memory.write_text("MemAvailable: 100000 kB\nSwapFree: 500000 kB\n")
    check_machine(tmp_path, memory)
    check_machine(tmp_path, tmp_path / "a system that does not tell")
