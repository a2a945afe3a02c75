"""Entity tags: whether the asker holds what we would send (RFC 9110, 8.8.3 and 13.1.2)."""

from re import fullmatch


def etag_of(version: object) -> str:
    """The tag of a version: a strong one."""
    return f'"{version}"'


def seqs_of(if_match: str) -> list[int]:
    """The versions that a request's If-Match names; compared strongly, so weak ones are none."""
    named = [entry.strip() for entry in if_match.split(",")]
    return [int(entry[1:-1]) for entry in named if fullmatch('"[0-9]{1,18}"', entry)]


def is_held(if_none_match: str, etag: str) -> bool:
    """Whether a request's If-None-Match names this tag; compared weakly, as caches do."""
    held = [entry.strip().removeprefix("W/") for entry in if_none_match.split(",")]
    return etag in held or "*" in held
