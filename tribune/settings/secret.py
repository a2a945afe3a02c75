"""The one secret that every key is derived from, and the log's passwords: made once and kept."""

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from tribune.settings.shape import PRIVATE, Settings

# BLAKE2b takes no longer key.
LONGEST_KEY_BYTES = 64
# As many random bits as the strongest key that is derived from it.
MADE_BYTES = 32


def secret_path(settings: Settings) -> Path:
    """Where the secret is kept when the settings name none."""
    return settings.data / "secret.key"


def read_secret(settings: Settings) -> bytes:
    """Give the secret; without `[secrets] key` it is made at the first call and kept (0600)."""
    key = settings.secrets.key.encode() or kept(secret_path(settings)).encode()
    if len(key) > LONGEST_KEY_BYTES:
        return blake2b(key, person=b"tribune-secret").digest()
    return key


def log_password(settings: Settings, user: str) -> str:
    """The password of a user of the embedded log; made at the first call and kept (0600)."""
    settings.data.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return kept(settings.data / "log-users" / user)


def kept(path: Path) -> str:
    """Give the words of a file that only we may read; they are made at the first call."""
    if not path.exists():
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    """Write a new secret whole or not at all; of two that do it at once, one wins."""
    draft = path.with_suffix(f".{os.getpid()}")
    write_private(draft, secrets.token_urlsafe(MADE_BYTES) + "\n")
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read (0600), and see it on the disk."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
