"""Reads a broadcast file: every problem at once, each with its line, its field and what to do."""

from collections.abc import Collection
from itertools import chain, islice

import msgspec
from msgspec import inspect

from schemas.broadcast_file.formula_rules import wrong_formulas
from schemas.broadcast_file.names import wrong_names
from schemas.broadcast_file.references import wrong_references
from schemas.broadcast_file.shape import ShapeCheck
from schemas.broadcast_file.tree import NotReadable, Problem, read_tree
from schemas.broadcasts import Broadcast

__all__ = ["MOST_PROBLEMS", "Problem", "load"]

# Nobody mends more in one go, and each line is an answer's
MOST_PROBLEMS = 100
SHAPE = inspect.type_info(Broadcast)


def load(text: str, loaded: Collection[Broadcast] = ()) -> Broadcast | list[Problem]:
    """Read a broadcast file (CONTRACT, A broadcast file).

    `loaded` are the broadcasts whose ids it must not take; its own earlier version does not matter.

    Returns:
        The broadcast, or what is wrong in the order of the lines, the first hundred of it.
    """
    try:
        file, problems = read_tree(text)
    except NotReadable as error:
        return [error.problem]
    check = ShapeCheck()
    value = check.read(file, SHAPE)
    problems += check.problems
    rules = chain(wrong_references(file, loaded), wrong_names(file), wrong_formulas(file))
    problems += islice(rules, MOST_PROBLEMS)
    if problems:
        return sorted(problems, key=lambda problem: problem.line)[:MOST_PROBLEMS]
    try:
        return msgspec.convert(value, Broadcast)
    except msgspec.ValidationError as error:  # a rule of the shape that is not told better above
        return [Problem(1, "", str(error))]
