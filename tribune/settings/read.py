"""Reads the settings from tribune.toml and the environment, and says all that is wrong at once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, inspect
from msgspec.structs import fields

from tribune.settings.checks import contradictions
from tribune.settings.rehearsal import as_played
from tribune.settings.shape import NAME_PATTERN, NAMED, SECRET_KEYS, SECTIONS, TOP, Settings
from tribune.settings.source import Entry, Said, read_environment, read_file, unknown
from tribune.settings.words import expected

DEFAULT_FILE = Path("tribune.toml")


class BadSettings(ValueError):
    """Settings that cannot be used; `problems` names each by file and line, or by variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_settings(config: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read a file (None: tribune.toml here, if there) and the variables that override it.

    Raises:
        BadSettings: a key is unknown, a value bad or missing, or two of them contradict.
    """
    said = Said()
    file = config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    if file is not None:
        read_file(file, said)
    read_environment(environment, said)
    settings = _settings(said, file)
    if not said.problems:
        said.problems += contradictions(settings, said)
    if said.problems:
        raise BadSettings(said.problems)
    return as_played(settings)


def _settings(said: Said, file: Path | None) -> Settings:
    values: dict[str, Any] = {"file": file}
    for name, shape in TOP.items():
        if (name,) in said.entries:
            values[name] = _value(said, (name,), shape)
    for section, shape in SECTIONS.items():
        if (section,) in said.sections:
            values[section] = _struct(said, (section,), shape)
    for section in NAMED:
        values[section] = {path[1]: _named(said, path) for path in _names(said, section)}
    return Settings(**values)


def _names(said: Said, section: str) -> list[tuple[str, ...]]:
    return [path for path in said.sections if path[0] == section and len(path) == 2]


def _named(said: Said, path: tuple[str, ...]) -> Struct | None:
    origin = said.sections[path]
    if not re.match(NAME_PATTERN, path[1]):
        said.problems.append(
            f"{origin}: [{'.'.join(path)}] a name is of letters, digits, . _ and -"
        )
        return None
    shapes = NAMED[path[0]]
    if len(shapes) == 1:
        return _struct(said, path, shapes[0])
    entry = said.entries.get((*path, "type"))
    types = [str(shape.__struct_config__.tag) for shape in shapes]
    if entry is None or entry.value not in types:
        where = entry.origin if entry else origin
        said.problems.append(f"{where}: [{'.'.join(path)}] type must be one of {', '.join(types)}")
        return None
    return _struct(said, path, shapes[types.index(entry.value)], "type")


def _struct(said: Said, path: tuple[str, ...], shape: type[Struct], *tags: str) -> Struct | None:
    known = {field.name: field for field in fields(shape)}
    before = len(said.problems)
    values: dict[str, Any] = {}
    for at, entry in said.entries.items():
        if at[:-1] != path or at[-1] in tags:
            continue
        if at[-1] in known:
            values[at[-1]] = _value(said, at, known[at[-1]].type)
        else:
            said.problems.append(f"{entry.origin}: {unknown(at, [*tags, *known])}")
    missing = [name for name, field in known.items() if field.required and name not in values]
    for name in missing:
        said.problems.append(f"{said.sections[path]}: [{'.'.join(path)}] {name} is missing")
    return shape(**values) if len(said.problems) == before else None


def _value(said: Said, path: tuple[str, ...], wanted: Any) -> Any:
    entry = said.entries[path]
    value = entry.value
    if entry.is_text and inspect.type_info(wanted).__class__ is inspect.ListType:
        value = [part.strip() for part in value.split(",")]
    try:
        found = msgspec.convert(value, wanted, strict=not entry.is_text, dec_hook=_as_path)
    except (msgspec.ValidationError, TypeError):
        said.problems.append(f"{entry.origin}: {_complaint(path, entry, wanted)}")
        return None
    return entry.folder / found if isinstance(found, Path) else found


def _as_path(wanted: type, value: Any) -> Path:
    if not isinstance(value, str) or not value:
        raise TypeError(wanted)
    return Path(value)


def _complaint(path: tuple[str, ...], entry: Entry, wanted: Any) -> str:
    name = f"[{'.'.join(path[:-1])}] {path[-1]}" if path[:-1] else path[-1]
    found = "" if path[-1] in SECRET_KEYS else f", not {entry.value!r}"
    return f"{name} must be {expected(wanted, path[-1])}{found}"
