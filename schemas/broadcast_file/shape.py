"""Holds a tree against a type of ours, and tells everything that does not fit, not only the first.

The types are those of msgspec; what passes here converts. Times may be written as ISO 8601.
"""

import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect

from schemas.broadcast_file.file_times import NoTime, read_time
from schemas.broadcast_file.phrases import did_you_mean, found, one_of, quote
from schemas.broadcast_file.tree import Node, Problem
from schemas.ids import ID_PATTERN

# What JSON's readers hold exactly: a double (RFC 8259, section 6)
LARGEST = (1 << 53) - 1
ID_RULE = (
    "is no id: use lower-case letters, digits and . _ - between them, 64 at most, "
    "beginning and ending with a letter or a digit"
)


class ShapeCheck:
    """Reads nodes as values of a type; what does not fit is kept in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._readers: dict[type[inspect.Type], Callable[[Node, Any], Any]] = {
            inspect.Metadata: self._marked,
            inspect.UnionType: self._union,
            inspect.StructType: self._struct,
            inspect.ListType: self._list,
            inspect.DictType: self._dict,
            inspect.LiteralType: self._literal,
            inspect.StrType: self._text,
            inspect.IntType: self._integer,
        }

    def read(self, node: Node, kind: inspect.Type) -> Any:
        """Read a node as a value of that type; what comes back is sound only without problems."""
        return self._readers[type(kind)](node, kind)

    def _marked(self, node: Node, kind: inspect.Metadata) -> Any:
        return self._time(node) if (kind.extra or {}).get("time") else self.read(node, kind.type)

    def _blame(self, node: Node, detail: str) -> None:
        self.problems.append(node.problem(detail))

    def _union(self, node: Node, kind: inspect.UnionType) -> Any:
        choices = [choice for choice in kind.types if not isinstance(choice, inspect.NoneType)]
        if node.value is None and len(choices) < len(kind.types):
            return None
        structs = [choice for choice in choices if isinstance(choice, inspect.StructType)]
        if len(structs) > 1:
            return self._tagged(node, structs)
        fitting = [
            choice
            for choice in choices
            if isinstance(choice, inspect.ListType) == isinstance(node.value, list)
        ]
        value = self.read(node, (fitting or choices)[0])
        if value == "" and len(choices) > len(fitting):
            self.problems[-1] = node.problem(f"{self.problems[-1].detail}; a list fits too")
        return value

    def _tagged(self, node: Node, structs: list[inspect.StructType]) -> Any:
        tag_field = str(structs[0].tag_field)
        by_tag = {str(kind.tag): kind for kind in structs}
        if not isinstance(node.value, dict):
            return self._blame(node, f"must hold fields, {tag_field} among them")
        tag = node.get(tag_field)
        if tag is None:
            return self._blame(node, f"`{tag_field}` is missing: {one_of(by_tag)}")
        name = self._literal(tag, inspect.LiteralType(tuple(by_tag)))
        return self._struct(node, by_tag[name]) if name in by_tag else None

    def _struct(self, node: Node, kind: inspect.StructType) -> dict[str, Any]:
        if not isinstance(node.value, dict):
            names = ", ".join(field.encode_name for field in kind.fields)
            self._blame(node, f"must hold fields ({names}), {found(node)}")
            return {}
        known = {field.encode_name: field for field in kind.fields}
        value: dict[str, Any] = {}
        for name, child in node.value.items():
            if name == kind.tag_field:
                value[name] = kind.tag
            elif name in known:
                value[name] = self.read(child, known[name].type)
            else:
                self._blame(child, f"there is no such field; {did_you_mean(name, known)}")
        for name, field in known.items():
            if field.required and name not in node.value:
                self._blame(node, f"`{name}` is missing")
        return value

    def _list(self, node: Node, kind: inspect.ListType) -> list[Any]:
        if not isinstance(node.value, list):
            self._blame(node, f"must be a list, {found(node)}")
            return []
        if len(node.value) < (kind.min_length or 0):
            self._blame(node, "is empty: name at least one")
        return [self.read(item, kind.item_type) for item in node.value]

    def _dict(self, node: Node, kind: inspect.DictType) -> dict[str, Any]:
        if not isinstance(node.value, dict):
            self._blame(node, f"must hold fields, {found(node)}")
            return {}
        if len(node.value) < (kind.min_length or 0):
            self._blame(node, "is empty: name at least one")
        for name, child in node.value.items():
            self.read(Node(name, child.line, child.field, name), kind.key_type)
        return {name: self.read(child, kind.value_type) for name, child in node.value.items()}

    def _literal(self, node: Node, kind: inspect.LiteralType) -> str:
        values = [str(value) for value in kind.values]
        if node.value in values:
            return str(node.value)
        self._blame(node, f"must be {one_of(values)}, {found(node)}")
        return ""

    def _text(self, node: Node, kind: inspect.StrType) -> str:
        value = node.value
        if not isinstance(value, str):
            is_scalar = not isinstance(value, list | dict) and value is not None
            # 40: as much as `quote` shows
            way_out = f': write "{node.written[:40]}" in quotes' if is_scalar else ""
            self._blame(node, f"must be text, {found(node)}{way_out}")
            return ""
        if kind.pattern and not re.fullmatch(kind.pattern, value):
            is_id = kind.pattern == ID_PATTERN
            self._blame(node, f"{quote(node)} {ID_RULE if is_id else 'has not the right form'}")
        elif len(value) > (kind.max_length or len(value)):
            self._blame(node, f"is longer than {kind.max_length} characters")
        elif len(value) < (kind.min_length or 0):
            self._blame(node, "is empty: write it, or leave it out")
        return value

    def _integer(self, node: Node, kind: inspect.IntType) -> int:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int):
            self._blame(node, f"must be a whole number, {found(node)}")
            return 0
        least = -LARGEST if kind.ge is None else kind.ge
        most = LARGEST if kind.le is None else kind.le
        if not least <= value <= most:
            is_open = kind.le is None and value < least
            bounds = f"at least {least}" if is_open else f"from {least} to {most}"
            self._blame(node, f"must be {bounds}, not {value}")
        return value

    def _time(self, node: Node) -> int:
        try:
            return read_time(node)
        except NoTime as error:
            self._blame(node, str(error))
            return 0
