"""One archive with all that `make setup` would fetch, for a machine without internet.

    make bundle                  # where there is internet: writes dist/tribune-...zip
    make setup BUNDLE=FILE       # from the same checkout, on the same kind of machine

In it: `bundle.json` (for which locks and which kind of machine it is), `wheels/`, `jars/`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

LOCKS = ("requirements.lock", "bootstrap.lock", "tribune/embedded/kafka/kafka.lock")
MANIFEST = "bundle.json"


class BadBundle(ValueError):
    """This archive cannot be used here; the text says why and what to do."""


def manifest(checkout: Path) -> dict[str, str]:
    """Say what a bundle made here is for: the kind of machine, and each lock's SHA-256."""
    kind = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {sysconfig.get_platform()}"
    hashes = {name: hashlib.sha256((checkout / name).read_bytes()).hexdigest() for name in LOCKS}
    return {"machine": kind, **hashes}


def write(file: Path, checkout: Path, wheels: Iterable[Path], jars: Iterable[Path]) -> None:
    """Write an archive; under its name it is whole or not there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    # Stored: wheels and jars are compressed already.
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest(checkout), indent=1))
        for folder, files in (("wheels", wheels), ("jars", jars)):
            for each in files:
                archive.write(each, f"{folder}/{each.name}")
    part.replace(file)


def unpack(file: Path, checkout: Path, folder: Path) -> None:
    """Unpack an archive that is for this checkout and this kind of machine.

    Raises:
        BadBundle: it is for another one, or not whole.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check(file, json.loads(archive.read(MANIFEST)), manifest(checkout))
            archive.extractall(folder)
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        raise BadBundle(f"{file} is not a whole bundle: copy it again, or make it anew") from None
    except FileNotFoundError:
        raise BadBundle(f"{file} is not there") from None


def _check(file: Path, made_for: dict[str, str], here: dict[str, str]) -> None:
    if (there := made_for.get("machine")) != here["machine"]:
        raise BadBundle(f"{file} is for {there}, and this is {here['machine']}")
    changed = [name for name in LOCKS if made_for.get(name) != here[name]]
    if changed:
        raise BadBundle(
            f"{file} was made for another {changed[0]}: run `make bundle` in a checkout of the "
            "same version as this one"
        )


def download(lock: Path, folder: Path) -> None:
    """Bring the wheels that a lock names for this kind of machine, and no others."""
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", str(folder)]
    pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    subprocess.run([*pip, *quiet, *options, "--requirement", str(lock)], check=True)


def name(checkout: Path) -> Path:
    """Give the file that a bundle of this checkout is written to."""
    here = manifest(checkout)
    kind = here["machine"].lower().replace(" on ", "-").replace(" ", "")
    return checkout / "dist" / f"tribune-{here[LOCKS[0]][:12]}-{kind}.zip"


def main() -> None:
    """Make the bundle of this checkout; everything must be set up."""
    from tribune.embedded.kafka.runtime import class_path  # noqa: PLC0415 - `make setup` has none

    checkout, file = Path.cwd(), name(Path.cwd())
    (checkout / "dist").mkdir(exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".bundle-", dir=checkout / "dist"))
    try:
        print("bringing the wheels (about 500 MB)", flush=True)
        download(checkout / LOCKS[0], scratch)
        write(file, checkout, sorted(scratch.iterdir()), class_path())
    finally:
        shutil.rmtree(scratch)
    print(f"{file.stat().st_size / 1e6:.0f} MB: make setup BUNDLE={os.path.relpath(file)}")


if __name__ == "__main__":
    try:
        main()
    except (subprocess.CalledProcessError, OSError, RuntimeError) as error:
        sys.exit(f"make bundle: {error}")
