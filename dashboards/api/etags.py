"""Entity tags: whether the asker holds what we would send (RFC 9110, 8.8.3 and 13.1.2)."""


def etag_of(version: object) -> str:
    """The tag of a version: a strong one."""
    return f'"{version}"'


def is_held(if_none_match: str, etag: str) -> bool:
    """Whether a request's If-None-Match names this tag; compared weakly, as caches do."""
    held = [entry.strip().removeprefix("W/") for entry in if_none_match.split(",")]
    return etag in held or "*" in held
