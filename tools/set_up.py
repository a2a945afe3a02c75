"""Installs all that is locked into the environment that runs this, and Tribune itself.

`make setup` runs it in a new `.venv`, again when a lock changed, and from a bundle where there is
no internet. Everything has the hash that its lock names.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.bundle import BadBundle, unpack
from tools.pip_settings import environment

ENVIRONMENT = Path(sys.prefix)
# There while packages are being installed. After a kill a package may be half there, with its
# name in the list: uv believes the list, so then everything is installed again (from its cache).
UNFINISHED = ENVIRONMENT / ".unfinished"
UNPACKED = ENVIRONMENT / "bundle"


def install(checkout: Path, bundle: Path | None) -> None:
    """Install in order: uv by pip, everything by uv, Tribune, and Kafka by Tribune."""
    if bundle:
        unpack(bundle, checkout, UNPACKED)
    variables = {**environment(), "VIRTUAL_ENV": str(ENVIRONMENT)}
    again = UNFINISHED.exists()
    UNFINISHED.touch()
    for command in packages(from_bundle=bool(bundle), again=again):
        subprocess.run(command, cwd=checkout, env=variables, check=True)
    UNFINISHED.unlink()
    jars = ["--from", str(UNPACKED / "jars")] if bundle else []
    tribune = str(ENVIRONMENT / "bin" / "tribune")
    subprocess.run([tribune, "fetch", *jars], cwd=checkout, env=variables, check=True)


def packages(*, from_bundle: bool, again: bool) -> list[list[str]]:
    """Give the commands that install every package, of what is locked and ours."""
    wheels = ["--no-index", "--find-links", str(UNPACKED / "wheels")] if from_bundle else []
    offline = ["--offline"] if from_bundle else []
    show = [] if sys.stderr.isatty() else ["--quiet"]
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    anew = ["--force-reinstall"] if again else []
    uv = [str(ENVIRONMENT / "bin" / "uv"), "pip"]
    sync = [*uv, "sync", *show, *offline, *wheels, *(["--reinstall"] if again else [])]
    ours = ["--no-deps", "--no-build-isolation", "--editable", "."]
    return [
        [*pip, *wheels, *anew, "--require-hashes", "--requirement", "bootstrap.lock"],
        [*sync, "--compile-bytecode", "--require-hashes", "requirements.lock"],
        [*uv, "install", "--quiet", *offline, *ours],
    ]


def main() -> None:
    """Read the command line, install, and say what to do when it fails."""
    parser = argparse.ArgumentParser(prog="make setup")
    parser.add_argument("--bundle", type=Path, help="an archive that `make bundle` wrote")
    bundle: Path | None = parser.parse_args().bundle
    print("setting up .venv (about 2 GB, most of it the embedded ClickHouse engine)", flush=True)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    try:
        install(Path.cwd(), bundle)
    except (BadBundle, OSError) as error:
        sys.exit(f"make setup: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"make setup: it ended at `{' '.join(map(str, error.cmd[:4]))} ...`, for the reason "
            "above. Indexes and proxies are taken from pip's settings (pip config list). Run it "
            "again and it goes on; without internet: make setup BUNDLE=FILE (see CONTRIBUTING.md)"
        )
    finally:
        shutil.rmtree(UNPACKED, ignore_errors=True)


if __name__ == "__main__":
    main()
