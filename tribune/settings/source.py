"""Collects what tribune.toml and the environment say, each entry with where it was said."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec.structs import fields

from tribune.settings.shape import NAMED, SECTIONS, TOP
from tribune.settings.toml_lines import key_lines, line_of

PREFIX = "TRIBUNE_"
NOT_SETTINGS = re.compile(
    r"TRIBUNE_(CONFIG|REQUIRE_\w+|TEST_\w+"
    r"|(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?))$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and where it was said: `tribune.toml:7`, or a variable (whose value is text).

    A path is relative to `folder`: that of the file, or the working directory.
    """

    value: Any = field(repr=False)
    origin: str
    is_text: bool = False
    folder: Path = Path()


@dataclass(slots=True)
class Said:
    """Entries by path (`("ports", "console")`), the sections named, and what is wrong so far."""

    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)
    sections: dict[tuple[str, ...], str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read_file(path: Path, said: Said) -> None:
    """Add what a TOML file says."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        said.problems.append(f"{path}: cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        said.problems.append(f"{path}: is not UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        where = f"{path}:{found[1]}" if found else str(path)
        said.problems.append(f"{where}: is not TOML: {error}")
    else:
        lines = key_lines(text)
        for at, value in _flatten(tree, ()):
            origin = f"{path}:{line_of(lines, at) or 1}"
            _add(said, at, Entry(value, origin, folder=path.parent))


def _flatten(tree: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in tree.items():
        at = (*path, key)
        yield at, value
        if isinstance(value, dict) and len(at) < _depth(at[0]):
            yield from _flatten(value, at)


def _depth(section: str) -> int:
    return 3 if section in NAMED else 2


def _add(said: Said, path: tuple[str, ...], entry: Entry) -> None:
    is_section = len(path) < _depth(path[0]) and path[0] not in TOP
    if not is_section:
        said.entries[path] = entry
    elif path[0] not in SECTIONS | NAMED:
        said.problems.append(f"{entry.origin}: {_unknown(path[0], [*TOP, *SECTIONS, *NAMED])}")
    elif isinstance(entry.value, dict):
        said.sections[path] = entry.origin
    else:
        said.problems.append(f"{entry.origin}: {path[-1]} is a section: write [{'.'.join(path)}]")


def read_environment(environment: Mapping[str, str], said: Said) -> None:
    """Add what the variables TRIBUNE_<SECTION>_<KEY> say; an empty one says nothing."""
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or not value:
            continue
        path = _path_of(name.removeprefix(PREFIX).lower(), said)
        if path is not None:
            said.entries[path] = Entry(value, name, is_text=True)
            if path[:-1]:
                said.sections.setdefault(path[:-1], name)
        elif not NOT_SETTINGS.match(name):
            said.problems.append(f"{name}: no such setting; `tribune --help` lists the sections")


def _path_of(name: str, said: Said) -> tuple[str, ...] | None:
    if name in TOP:
        return (name,)
    section, _, key = name.partition("_")
    if section in SECTIONS and key:
        return (section, key)
    if section in NAMED:
        for own in _keys(section):
            if key.endswith(f"_{own}"):
                return (section, _spelled(section, key.removesuffix(f"_{own}"), said), own)
    return None


def _keys(section: str) -> list[str]:
    shapes = NAMED[section]
    keys = {entry.name for shape in shapes for entry in fields(shape)}
    return sorted(keys | ({"type"} if len(shapes) > 1 else set()), key=len, reverse=True)


def _spelled(section: str, name: str, said: Said) -> str:
    """The name as the file spells it: a variable cannot say capitals, dots and dashes."""
    known = [path[1] for path in said.sections if path[0] == section and len(path) == 2]
    return next((own for own in known if re.sub(r"[.-]", "_", own).lower() == name), name)


def _unknown(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
    return f"{key} is unknown; {hint}"


def unknown(path: tuple[str, ...], known: list[str]) -> str:
    """Say that a key is unknown, and which one may have been meant."""
    return f"[{'.'.join(path[:-1])}] {_unknown(path[-1], known)}"
