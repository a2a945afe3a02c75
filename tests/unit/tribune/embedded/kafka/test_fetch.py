from collections.abc import Callable
from pathlib import Path

import pytest

from tribune.embedded.kafka.fetch import Bring, CannotFetch, fetch, from_folder
from tribune.embedded.kafka.lock import Jar

JARS = [Jar.of(f"com.example:lib-{n}:1", f"content {n}".encode()) for n in range(20)]


def bringing(content: Callable[[Jar], bytes], brought: list[Jar] | None = None) -> Bring:
    """Bring each jar with what a function says that is in it."""

    def bring(jar: Jar, scratch: Path) -> Path:
        if brought is not None:
            brought.append(jar)
        file = scratch / jar.name
        file.write_bytes(content(jar))
        return file

    return bring


def right(jar: Jar) -> bytes:
    return f"content {JARS.index(jar)}".encode()


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.startswith(".")}


def test_all_that_is_locked_is_brought_and_nothing_twice(tmp_path: Path) -> None:
    brought: list[Jar] = []
    for _ in range(2):
        fetch(JARS, tmp_path, bringing(right, brought))
    assert sorted(brought, key=JARS.index) == JARS
    assert names(tmp_path) == {jar.name for jar in JARS}
    assert all(jar.is_right(tmp_path / jar.name) for jar in JARS)


@pytest.mark.parametrize("wrong", [b"", b"content", b"content 8", b"content 7 and more"])
def test_a_file_that_is_not_the_locked_one_is_refused_by_name(tmp_path: Path, wrong: bytes) -> None:
    with pytest.raises(CannotFetch, match=r"lib-7-1\.jar is refused.*SHA-256"):
        fetch(JARS, tmp_path, bringing(lambda jar: wrong if jar is JARS[7] else right(jar)))
    assert JARS[7].name not in names(tmp_path)


def test_a_half_file_of_a_set_up_that_was_broken_off_is_brought_again(tmp_path: Path) -> None:
    (tmp_path / JARS[3].name).write_bytes(b"cont")
    (tmp_path / ".fetching").mkdir()
    (tmp_path / ".fetching" / JARS[4].name).write_bytes(b"half")
    fetch(JARS, tmp_path, bringing(right))
    assert all(jar.is_right(tmp_path / jar.name) for jar in JARS)
    assert not (tmp_path / ".fetching").exists()


def test_a_file_that_was_changed_in_place_is_brought_again(tmp_path: Path) -> None:
    fetch(JARS, tmp_path, bringing(right))
    (tmp_path / JARS[3].name).write_bytes(b"CONTENT 3")
    fetch(JARS, tmp_path, bringing(right))
    assert JARS[3].is_right(tmp_path / JARS[3].name)


def test_what_was_brought_before_a_failure_is_kept(tmp_path: Path) -> None:
    def content(jar: Jar) -> bytes:
        if jar is JARS[-1]:
            raise CannotFetch("the line was cut")
        return right(jar)

    with pytest.raises(CannotFetch, match="cut"):
        fetch(JARS, tmp_path, bringing(content))
    kept = names(tmp_path)
    brought: list[Jar] = []
    fetch(JARS, tmp_path, bringing(right, brought))
    assert {jar.name for jar in brought} == {jar.name for jar in JARS} - kept
    assert kept


def test_a_folder_serves_as_a_source(tmp_path: Path) -> None:
    source, folder = tmp_path / "jars", tmp_path / "to" / "be made"
    source.mkdir()
    for jar in JARS[1:]:
        (source / jar.name).write_bytes(right(jar))
    with pytest.raises(CannotFetch, match=r"lib-0-1\.jar could not be copied"):
        fetch(JARS, folder, from_folder(source))
    fetch(JARS[1:], folder, from_folder(source))
    assert {jar.name for jar in JARS[1:]} <= names(folder)
