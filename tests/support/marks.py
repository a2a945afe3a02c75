"""Marks by which a test finds out where a citizen's name went, as it is or as a plain hash."""

import re
from collections.abc import Iterable
from hashlib import blake2b, md5, sha1, sha256

HASHES = (md5, sha1, sha256, blake2b)
HEX = re.compile(rb"[0-9a-f]{16,}")
SHORT = 16


class Marks:
    """Names to look for; each begins with `beginning`, which nothing else contains."""

    def __init__(self, beginning: str, names: Iterable[str]) -> None:
        self.names = list(names)
        assert all(name.startswith(beginning) for name in self.names)
        self._beginning = beginning.encode()
        digests = [
            (name, hashed(name.encode()).hexdigest()) for name in self.names for hashed in HASHES
        ]
        self._digests = {digest[:SHORT].encode(): name for name, digest in digests}
        self.numbers = {int(digest[:SHORT], 16) >> 4 for _, digest in digests}

    def found_in(self, text: bytes) -> set[str]:
        """What of the marks is in a text: by name, or the first half of a plain hash."""
        found = {
            place.decode(errors="replace")
            for place in re.findall(self._beginning + rb"[\w-]*", text, re.I)
        }
        for run in HEX.findall(text.lower()):
            for start in range(len(run) - SHORT + 1):
                name = self._digests.get(run[start : start + SHORT])
                if name is not None:
                    found.add(f"hash of {name}")
        return found
