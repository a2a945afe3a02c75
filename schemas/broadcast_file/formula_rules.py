"""How a file's rounds and groups are to be ranked, and whether its formulas can do it."""

from collections.abc import Iterator

from schemas.ballots import CHOICES, Choice
from schemas.broadcast_file.file_times import NoTime, read_time
from schemas.broadcast_file.phrases import did_you_mean
from schemas.broadcast_file.references import ids_of, repeated, unknown
from schemas.broadcast_file.tree import Node, Problem
from schemas.formulas import SATISFACTION_V1

RATED = [word for word in CHOICES if word != Choice.NOT_APPLICABLE.word]


def wrong_formulas(file: Node) -> Iterator[Problem]:
    """Tell of rounds and groups that cannot be ranked as they ask, and of unsound formulas."""
    for voting_round in file.each("rounds"):
        yield from _formula(file, voting_round, "satisfaction")
        yield from _round_units(file, voting_round)
        yield from _round_times(voting_round)
    for group in file.each("groups"):
        yield from _formula(file, group, "presentation")
    yield from _versions(file)
    for formula in file.each("formulas"):
        if formula.text("kind") == "satisfaction":
            yield from _weights(formula)
        elif formula.text("kind") == "presentation":
            yield from _criteria(formula)
            yield from _panels(file, formula)
            yield from _citizens(file, formula)


def _formula(file: Node, ranked: Node, kind: str) -> Iterator[Problem]:
    node = ranked.get("formula") or ranked
    name = kind if node is ranked else ranked.text("formula")
    known = [item.text("id") or "" for item in file.each("formulas") if item.text("kind") == kind]
    if kind == "satisfaction":
        known.append(SATISFACTION_V1.id)
    if name is not None and name not in known:
        hint = did_you_mean(name, known) if known else "write it under `formulas`"
        yield node.problem(f"there is no formula `{name}` of kind {kind}; {hint}")


def _round_units(file: Node, voting_round: Node) -> Iterator[Problem]:
    units = ids_of(file, "units")
    yield from repeated(voting_round.each("units"), "the unit")
    for unit in voting_round.each("units"):
        yield from unknown(unit, "unit", units)
    if not list(file.each("units")):
        yield voting_round.problem("has nothing to vote on: the file has no units")


def _round_times(voting_round: Node) -> Iterator[Problem]:
    opens_at, closes_at = voting_round.get("opens_at"), voting_round.get("closes_at")
    if opens_at is None or closes_at is None:
        return
    try:
        if read_time(closes_at) <= read_time(opens_at):
            yield closes_at.problem("closes before it opens: put it after opens_at")
    except NoTime:
        return


def _versions(file: Node) -> Iterator[Problem]:
    held: dict[tuple[str | None, int | None], Node] = {}
    for formula in file.each("formulas"):
        name, version = formula.text("id"), formula.number("version")
        first = held.setdefault((name, version), formula)
        if first is not formula:
            detail = f"version {version} of `{name}` stands in line {first.line} already"
            yield formula.problem(f"{detail}: a change is a new version")
        if name == SATISFACTION_V1.id and (version or 0) <= SATISFACTION_V1.version:
            detail = f"`{name}` version {SATISFACTION_V1.version} is built in"
            yield formula.problem(f"{detail}: take another id, or a greater version")


def _weights(formula: Node) -> Iterator[Problem]:
    weights = formula.fields("weights")
    for name, node in weights.items():
        if name not in RATED:
            yield node.problem(f"is no rated choice; {did_you_mean(name, RATED)}")
    if missing := [word for word in RATED if word not in weights]:
        yield (formula.get("weights") or formula).problem(f"no weight for {', '.join(missing)}")


def _criteria(formula: Node) -> Iterator[Problem]:
    yield from repeated((item.get("id") for item in formula.each("criteria")), "the criterion")


def _panels(file: Node, formula: Node) -> Iterator[Problem]:
    panels = formula.fields("panels")
    for name, node in panels.items():
        yield from unknown(Node(name, node.line, node.field), "panel", ids_of(file, "panels"))
    known = [f"panel:{name}" for name in panels]
    known += [f"criterion:{name}" for name in ids_of(formula, "criteria")]
    for node in formula.each("tie_break"):
        if isinstance(node.value, str) and node.value not in known:
            yield node.problem(f"breaks no tie; {did_you_mean(node.value, known)}")


def _citizens(file: Node, formula: Node) -> Iterator[Problem]:
    citizens = formula.get("citizens")
    if citizens is None:
        return
    yield from unknown(citizens.get("round"), "round", ids_of(file, "rounds"))
    if (citizens.number("weight") or 0) > 0 and not citizens.text("round"):
        yield citizens.problem("`round` is missing: whose satisfaction counts?")
