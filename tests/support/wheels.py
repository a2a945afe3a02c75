"""Wheels made again from what is installed here, so that a test of a set-up asks no index."""

import hashlib
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

# Written by whoever installs; a wheel has none of them.
INSTALLERS = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}


def wheel_of(name: str, folder: Path) -> Path:
    """Pack a distribution of this environment."""
    packed = distribution(name)
    stem = f"{packed.metadata['Name'].replace('-', '_').replace('.', '_')}-{packed.version}"
    tags = [line.split(": ")[1] for line in _wheel(packed).splitlines() if line[:4] == "Tag:"]
    file = folder / f"{stem}-{tags[0]}.whl"
    [info] = {part.parts[0] for part in packed.files or () if ".dist-info" in part.parts[0]}
    with zipfile.ZipFile(file, "w") as archive:
        names = [_pack(archive, packed, part, stem) for part in packed.files or ()]
        lines = [f"{name},," for name in [*filter(None, names), f"{info}/RECORD"]]
        archive.writestr(f"{info}/RECORD", "\n".join(lines))
    return file


def _wheel(packed: Distribution) -> str:
    return packed.read_text("WHEEL") or ""


def _pack(archive: zipfile.ZipFile, packed: Distribution, part: Path, stem: str) -> str | None:
    if part.name in INSTALLERS or part.suffix == ".pyc":
        return None
    is_script = part.parts[0] == ".."
    name = f"{stem}.data/scripts/{part.name}" if is_script else str(part)
    archive.write(str(packed.locate_file(part)), name)
    return name


def lock_of(wheels: Iterable[Path]) -> str:
    """A lock with the hash of each wheel."""
    return "".join(
        f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
        for wheel in wheels
        for name, version in [wheel.name.split("-")[:2]]
    )
