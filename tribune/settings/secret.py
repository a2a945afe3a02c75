"""The one secret that every key is derived from: of the settings, or made once and kept."""

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from tribune.settings.shape import PRIVATE, Settings

LONGEST_KEY_BYTES = 64


def secret_path(settings: Settings) -> Path:
    """Where the secret is kept when the settings name none."""
    return settings.data / "secret.key"


def read_secret(settings: Settings) -> bytes:
    """Give the secret; without `[secrets] key` it is made at the first call and kept (0600)."""
    key = settings.secrets.key.encode() or _kept(secret_path(settings))
    if len(key) > LONGEST_KEY_BYTES:
        return blake2b(key, person=b"tribune-secret").digest()
    return key


def _kept(path: Path) -> bytes:
    if not path.exists():
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="ascii").strip().encode()


def _make(path: Path) -> None:
    """Write a new secret whole or not at all; of two that do it at once, one wins."""
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(handle)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
