"""Reads a broadcast file: every problem at once, each with its line, its field and what to do."""

from collections.abc import Collection

import msgspec
import yaml
from msgspec import Struct

from schemas.broadcasts import Broadcast


class Problem(Struct, frozen=True):
    """What is wrong in a file: the line (from 1), the field's path, and what to do about it."""

    line: int
    field: str
    detail: str


def load(text: str, loaded: Collection[Broadcast] = ()) -> Broadcast | list[Problem]:
    """Read a broadcast file; `loaded` are the broadcasts whose ids it must not take."""
    try:
        return msgspec.convert(yaml.safe_load(text), Broadcast)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return [Problem(mark.line + 1 if mark else 1, "", f"not YAML: {error.problem}")]
    except msgspec.ValidationError as error:
        return [Problem(1, "", str(error))]
