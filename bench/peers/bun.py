"""Bun, installed once by npm into a folder of its own outside the repository."""

import os
import shutil
import subprocess
from pathlib import Path

from bench.progress import progress

VERSION = "1.4.5"


def bun_program() -> Path | None:
    """Where Bun's program is; None, said loudly, when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "tribune-bench" / f"bun-{VERSION}"
    program = folder / "node_modules" / ".bin" / "bun"
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        progress("SKIPPED: Bun is not measured, for npm is not installed")
        return None
    progress(f"npm installs bun {VERSION} into {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    done = subprocess.run([*command, f"bun@{VERSION}"], capture_output=True, text=True, check=False)
    if done.returncode or not program.exists():
        progress(f"SKIPPED: Bun is not measured, for npm could not install it: {done.stderr}")
        return None
    return program
