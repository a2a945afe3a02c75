"""Finds the line on which a TOML file says a key, so that a problem can name it."""

import tomllib
from typing import Any

Path = tuple[str, ...]


def key_lines(text: str) -> dict[Path, int]:
    """Give the first line (from 1) of every section and key, by its path."""
    lines: dict[Path, int] = {}
    section: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            section = _header(stripped)
            lines.setdefault(section, number)
        elif "=" in stripped and not stripped.startswith("#"):
            lines.setdefault(section + _key(stripped), number)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Give the line of a path, or of the nearest part of it that has one (an inline table)."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _header(line: str) -> Path:
    return _path_of(line[: line.rfind("]") + 1])


def _key(line: str) -> Path:
    return _path_of(line.split("=", 1)[0] + "= 0")


def _path_of(snippet: str) -> Path:
    try:
        parsed: Any = tomllib.loads(snippet)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(parsed, dict) and parsed:
        [(key, parsed)] = parsed.items()
        path.append(key)
    return tuple(path)
