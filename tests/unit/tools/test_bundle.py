import json
import zipfile
from pathlib import Path

import pytest

from tools.bundle import LOCKS, MANIFEST, BadBundle, manifest, unpack, write


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "a checkout"
    for name in LOCKS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"what {name} locks\n")
    return folder


@pytest.fixture
def bundle(checkout: Path, tmp_path: Path) -> Path:
    for name in ("a.whl", "b.whl", "c.jar"):
        (tmp_path / name).write_bytes(name.encode() * 1_000)
    file = checkout / "dist" / "bundle.zip"
    write(file, checkout, [tmp_path / "a.whl", tmp_path / "b.whl"], [tmp_path / "c.jar"])
    return file


def test_what_goes_in_comes_out(bundle: Path, checkout: Path, tmp_path: Path) -> None:
    unpack(bundle, checkout, tmp_path / "out")
    assert (tmp_path / "out/wheels/b.whl").read_bytes() == b"b.whl" * 1_000
    assert (tmp_path / "out/jars/c.jar").read_bytes() == b"c.jar" * 1_000
    assert [file.name for file in bundle.parent.iterdir()] == ["bundle.zip"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_bundle_of_another_version_is_refused_by_the_lock_that_differs(
    bundle: Path, checkout: Path, tmp_path: Path, name: str
) -> None:
    (checkout / name).write_text("something newer\n")
    with pytest.raises(BadBundle, match=f"{name}.*make bundle"):
        unpack(bundle, checkout, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bundle_for_another_kind_of_machine_is_refused(checkout: Path, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    other = manifest(checkout) | {"machine": "Python 3.14 on win-arm64"}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, json.dumps(other))
    with pytest.raises(BadBundle, match=r"is for Python 3\.14 on win-arm64, and this is Python"):
        unpack(file, checkout, tmp_path / "out")


@pytest.mark.parametrize("kept", [0, 10, 5_000])
def test_half_a_bundle_is_refused(bundle: Path, checkout: Path, tmp_path: Path, kept: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:kept])
    with pytest.raises(BadBundle, match="not a whole bundle"):
        unpack(bundle, checkout, tmp_path / "out")


def test_a_bundle_with_a_changed_byte_is_refused(
    bundle: Path, checkout: Path, tmp_path: Path
) -> None:
    content = bytearray(bundle.read_bytes())
    content[content.index(b"c.jarc.jar")] ^= 1
    bundle.write_bytes(content)
    with pytest.raises(BadBundle, match="not a whole bundle"):
        unpack(bundle, checkout, tmp_path / "out")


def test_another_archive_and_no_file_at_all_are_refused(checkout: Path, tmp_path: Path) -> None:
    file = tmp_path / "photographs.zip"
    with pytest.raises(BadBundle, match="is not there"):
        unpack(file, checkout, tmp_path / "out")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photograph.jpg", b"")
    with pytest.raises(BadBundle, match="not a whole bundle"):
        unpack(file, checkout, tmp_path / "out")
