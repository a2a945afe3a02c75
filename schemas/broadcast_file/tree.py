"""Reads YAML into a tree that remembers where everything stood, and builds nothing else from it.

What a file says stands in it: tags, aliases and merges are refused. Numbers are plain decimal ones;
what YAML would silently turn into another number (`010`, `12:30`, `1_000`) stays text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from msgspec import Struct

# 17 times the county of examples/; a busy machine reads 35 kB a second (measured)
MAX_BYTES = 262_144
# A broadcast is five deep; Python's own stack ends at some hundred
MAX_DEPTH = 20
WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})", re.ASCII)
QUOTING = "text with signs such as : ? # { [ & * in it may need quotes"
CORE = "tag:yaml.org,2002:"

Scalar = str | int | float | bool | None


class Problem(Struct, frozen=True, omit_defaults=True):
    """What is wrong in a file: the line (from 1), the field's path, and what to do about it.

    Where a page says it in words of its own: `reason` is a word for it, `value` what was written.
    """

    line: int
    field: str
    detail: str
    reason: str = ""
    value: str = ""


class NotReadable(Exception):
    """The text is no YAML document; no further problem can be told."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(line, "", detail)


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of the file: a scalar with its text as `written`, a list, or fields by name."""

    value: "Scalar | list[Node] | dict[str, Node]"
    line: int
    field: str
    written: str = ""

    def problem(self, detail: str) -> Problem:
        """Say what is wrong here."""
        return Problem(self.line, self.field, detail)

    def get(self, name: str) -> "Node | None":
        """The field of that name, or None."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def fields(self, name: str) -> "dict[str, Node]":
        """The fields within a field, none when it has none."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, dict) else {}

    def each(self, name: str) -> "Iterator[Node]":
        """The items of the list in a field, none when it is no list."""
        found = self.get(name)
        if found is not None and isinstance(found.value, list):
            yield from found.value

    def text(self, name: str) -> str | None:
        """The text in a field, or None."""
        found = self.get(name)
        return found.value if found is not None and isinstance(found.value, str) else None

    def number(self, name: str) -> int | None:
        """The whole number in a field, or None."""
        found = self.get(name)
        if found is None or isinstance(found.value, bool) or not isinstance(found.value, int):
            return None
        return found.value


def read_tree(text: str) -> tuple[Node, list[Problem]]:
    """Read a text of one YAML document: the tree, and what in it cannot be taken as it stands.

    Raises:
        NotReadable: it is too large, or no YAML document.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise NotReadable(1, f"the file is larger than {MAX_BYTES // 1024} KiB")
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        detail = f"this is not YAML: {said}; {QUOTING}"
        raise NotReadable(mark.line + 1 if mark else 1, detail) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        detail = f"the character U+{error.character:04X} cannot stand in a YAML file"
        raise NotReadable(line, detail) from None
    if root is None:
        raise NotReadable(1, "the file is empty")
    builder = _Builder()
    return builder.build(root, root.start_mark.line + 1, ""), builder.problems


class _Composer(yaml.SafeLoader):
    """Composes with bounds, so that nothing recurses or grows without end."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        line = self.peek_event().start_mark.line + 1
        if self.check_event(yaml.AliasEvent):
            raise NotReadable(line, "aliases (*name) are not read here: write the value out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotReadable(line, f"this is nested more than {MAX_DEPTH} deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(slots=True)
class _Builder:
    problems: list[Problem] = field(default_factory=list)

    def build(self, node: Any, line: int, path: str) -> Node:
        match node:
            case yaml.ScalarNode():
                return Node(self._scalar(node, line, path), line, path, node.value)
            case yaml.SequenceNode() if node.tag == CORE + "seq":
                items = [
                    self.build(item, item.start_mark.line + 1, f"{path}[{index}]")
                    for index, item in enumerate(node.value)
                ]
                return Node(items, line, path)
            case yaml.MappingNode() if node.tag == CORE + "map":
                return Node(self._fields(node, path), line, path)
            case _:
                self._refuse_tag(node, line, path)
                return Node(None, line, path)

    def _fields(self, node: Any, parent: str) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag == CORE + "merge":
                detail = "a field needs a plain name; merges (<<) are not read here"
                self.problems.append(Problem(line, parent, detail))
                continue
            name = str(key.value)
            path = f"{parent}.{name}" if parent else name
            if name in fields:
                detail = f"this field stands here twice, first in line {fields[name].line}"
                self.problems.append(Problem(line, path, f"{detail}: keep one"))
            fields[name] = self.build(value, line, path)
        return fields

    def _scalar(self, node: Any, line: int, path: str) -> Scalar:
        match node.tag.removeprefix(CORE):
            case "null":
                return None
            case "bool":
                return node.value.lower() in ("true", "yes", "on")
            case "int" if WHOLE_NUMBER.fullmatch(node.value):
                return int(node.value)
            case "float":
                return _float(node.value)
            case "str" | "int" | "timestamp" | "value" | "merge":
                return self._text(node.value, line, path)
            case _:
                self._refuse_tag(node, line, path)
                return None

    def _text(self, written: str, line: int, path: str) -> str:
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in written):
            detail = "this holds a line break or another control character: write it on one line"
            self.problems.append(Problem(line, path, detail))
        return written

    def _refuse_tag(self, node: Any, line: int, path: str) -> None:
        detail = f"tags such as {node.tag} are not read here: write the value plainly"
        self.problems.append(Problem(line, path, detail))


def _float(written: str) -> float | str:
    try:
        return float(written)
    except ValueError:
        return written
