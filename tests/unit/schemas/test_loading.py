"""A broadcast file is read with every problem at once, each with its line and its field."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.loading import MOST_PROBLEMS, Problem, load
from schemas.wire import encode

SIGNS = "ab1: -?[]{}&*!|>'\"#%@`,\\\n\t\0\ufeff\u2028住"
HEAD = "id: county\ntitle: {zh: 县, en: County}\n"
UNITS = """units:
  - {id: housing, number: 1, kind: department, name: {zh: 住建局}, aliases: [房管局]}
  - {id: water, number: 2, kind: department, name: {en: Water}}
"""
DAY = (
    HEAD
    + UNITS
    + """rounds:
  - {id: happy, title: {en: How happy}}
groups:
  - {id: departments, title: {en: Departments}}
slots:
  - {id: s1, group: departments, unit: housing, allotted_ms: 300000, warning_ms: 10000}
  - {id: tea, kind: break}
panels:
  - {id: leaders, title: {en: Leaders}}
evaluators:
  - {id: e1, panel: leaders, name: {en: Li}, units: [housing]}
formulas:
  - id: presentation
    version: 1
    kind: presentation
    criteria: [{id: results, max: 60}, {id: delivery, max: 40}]
    panels: {leaders: 60}
    citizens: {weight: 10, round: happy}
    tie_break: ["panel:leaders", "criterion:results"]
"""
)


def problems(text: str, *loaded: Broadcast) -> list[tuple[int, str, str]]:
    found = load(text, loaded)
    assert isinstance(found, list), "nothing was wrong"
    return [(problem.line, problem.field, problem.detail) for problem in found]


def only(text: str, *loaded: Broadcast) -> tuple[int, str, str]:
    found = problems(text, *loaded)
    assert len(found) == 1, found
    return found[0]


def good(text: str, *loaded: Broadcast) -> Broadcast:
    found = load(text, loaded)
    assert isinstance(found, Broadcast), found
    return found


def test_the_example_county_has_twenty_four_departments_and_twelve_townships(
    example: Broadcast,
) -> None:
    kinds = [unit.kind for unit in example.units]
    assert (kinds.count("department"), kinds.count("township")) == (24, 12)
    assert all(unit.name.zh and unit.name.en for unit in example.units)
    assert example.rounds[0].id == "satisfaction-2026"


def test_a_presentation_day_is_read_whole() -> None:
    day = good(DAY)
    assert [slot.kind for slot in day.slots] == ["presentation", "break"]
    assert day.formula("presentation") is not None


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = HEAD + UNITS + "  - {id: c, number: 3, kind: town, name: {fr: Eau}}\ncolour: red\n"
    assert [problem[:2] for problem in problems(text)] == [
        (6, "units[2].kind"),
        (6, "units[2].name.fr"),
        (6, "units[2].name"),
        (7, "colour"),
    ]


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("rounds: [{id: r, titel: {en: R}}]", "rounds[0].titel", "did you mean `title`?"),
        ("rounds: [{id: r}]", "rounds[0]", "`title` is missing"),
        ("rounds: {id: r}", "rounds", "must be a list"),
        ("rounds: [r]", "rounds[0]", "must hold fields (id, title, units"),
        ("rounds: [{id: R 1, title: {en: R}}]", "rounds[0].id", "`R 1` is no id"),
        ("rounds: [{id: no, title: {en: R}}]", "rounds[0].id", 'write "no" in quotes'),
        ("rounds: [{id: 2026, title: {en: R}}]", "rounds[0].id", 'write "2026" in quotes'),
        ("rounds: [{id: , title: {en: R}}]", "rounds[0].id", "and is empty"),
        ("rounds: [{id: r, title: {en: R}, accepts: [sms]}]", "rounds[0].accepts[0]", "`web`"),
        ("rounds: [{id: r, title: {en: R}, accepts: []}]", "rounds[0].accepts", "at least one"),
        ("rounds: [{id: r, title: {en: R}, units: some}]", "rounds[0].units", "a list fits too"),
        ("rounds: [{id: r, title: {}}]", "rounds[0].title", "says nothing"),
    ],
)
def test_what_has_not_the_right_shape_is_named(line: str, field: str, says: str) -> None:
    found = [problem for problem in problems(HEAD + UNITS + line) if problem[1] == field]
    assert found
    assert found[0][0] == 6
    assert says in found[0][2]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("0", "must be at least 1"),
        ("1.5", "must be a whole number"),
        ("'30'", "must be a whole number"),
        ("030", "must be a whole number, not `030`"),
        ("3:20", "must be a whole number, not `3:20`"),
        ("true", "true or false"),
        ("99999999999999999", "must be from 1 to 9007199254740991"),
    ],
)
def test_a_number_is_a_plain_whole_number_within_its_bounds(written: str, says: str) -> None:
    line = f"rounds: [{{id: r, title: {{en: R}}, minimum_ballots: {written}}}]"
    assert says in only(HEAD + UNITS + line)[2]


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("2026-12-18T20:00:00+08:00", 1_797_595_200_000),
        ("'2026-12-18 12:00:00Z'", 1_797_595_200_000),
        ("2026-12-18T20:00:00.250+08:00", 1_797_595_200_250),
        ("1797595200000", 1_797_595_200_000),
        ("null", None),
        ("", None),
    ],
)
def test_a_time_is_iso_with_an_offset_or_milliseconds(written: str, ms: int | None) -> None:
    found = good(HEAD + UNITS + f"rounds: [{{id: r, title: {{en: R}}, opens_at: {written}}}]")
    assert found.rounds[0].opens_at == ms


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("2026-12-18T20:00:00", "does not say in which time zone"),
        ("2026-12-18", "does not say in which time zone"),
        ("tonight", "is no time"),
        ("1797595200", "looks like seconds"),
        ("12", "not in this millennium"),
        ("[1]", "must be a time"),
    ],
)
def test_a_time_that_is_not_certain_is_refused(written: str, says: str) -> None:
    line = f"rounds: [{{id: r, title: {{en: R}}, opens_at: {written}}}]"
    assert says in only(HEAD + UNITS + line)[2]


def test_a_round_closes_after_it_opens() -> None:
    times = "opens_at: 2026-12-18T20:00:00+08:00, closes_at: 2026-12-18T12:00:00Z"
    found = only(HEAD + UNITS + f"rounds: [{{id: r, title: {{en: R}}, {times}}}]")
    assert found == (6, "rounds[0].closes_at", "closes before it opens: put it after opens_at")


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        ("  - {id: water, number: 3, kind: township, name: {en: W}}", "id", "is taken, in line 5"),
        ("  - {id: w, number: 2, kind: township, name: {en: W}}", "number", "taken, in line 5"),
        ("  - {id: w, number: 3, kind: township, name: {en: ＷATER}}", "name.en", "in line 5"),
        ("  - {id: w, number: 3, kind: township, name: {zh: 房 管 局}}", "name.zh", "in line 4"),
        ("  - {id: w, number: 3, kind: township, name: {en: '2'}}", "name.en", "in line 5"),
        (
            "  - {id: w, number: 3, kind: township, name: {en: W}, aliases: ['002']}",
            "aliases[0]",
            "in line 5",
        ),
        ("  - {id: w, number: 3, kind: township, name: {en: '?'}}", "name.en", "nobody can type"),
    ],
)
def test_a_number_or_a_name_means_one_unit(line: str, field: str, says: str) -> None:
    found = only(HEAD + UNITS + line)
    assert found[:2] == (6, f"units[2].{field}")
    assert says in found[2]


def test_a_unit_may_repeat_its_own_names() -> None:
    good(HEAD + "units: [{id: w, number: 1, kind: township, name: {en: W}, aliases: [w, '1']}]")


@pytest.mark.parametrize(
    ("before", "after", "field", "says"),
    [
        ("unit: housing", "unit: housng", "slots[0].unit", "did you mean `housing`?"),
        ("group: departments", "group: towns", "slots[0].group", "there are: departments"),
        ("group: departments, ", "", "slots[0]", "`group` is missing"),
        ("kind: break", "kind: break, unit: water", "slots[1].unit", "a break has no unit"),
        ("warning_ms: 10000", "warning_ms: 300000", "slots[0].warning_ms", "before the start"),
        ("panel: leaders", "panel: leader", "evaluators[0].panel", "did you mean `leaders`?"),
        ("units: [housing]", "units: [hall]", "evaluators[0].units[0]", "there is no unit `hall`"),
        ("id: departments,", "id: happy,", "groups[0].id", "the id `happy` is taken"),
        ("panels: {leaders: 60}", "panels: {}", "formulas[0].panels", "name at least one"),
        ("leaders: 60", "judges: 60", "formulas[0].panels.judges", "there is no panel `judges`"),
        ("id: delivery", "id: results", "formulas[0].criteria[1].id", "is taken"),
        ("round: happy", "round: sad", "formulas[0].citizens.round", "there is no round `sad`"),
        (", round: happy", "", "formulas[0].citizens", "whose satisfaction counts?"),
        ("criterion:results", "criterion:grace", "formulas[0].tie_break[1]", "breaks no tie"),
        ("id: presentation", "id: other", "groups[0]", "no formula `presentation`"),
        ("kind: presentation", "kind: present", "formulas[0].kind", "must be one of"),
        ("    kind: presentation\n", "", "formulas[0]", "`kind` is missing"),
        (
            "title: {en: How happy}",
            "title: {en: H}, formula: presentation",
            "rounds[0].formula",
            "no",
        ),
    ],
)
def test_what_points_at_nothing_is_named(before: str, after: str, field: str, says: str) -> None:
    assert before in DAY
    found = [problem for problem in problems(DAY.replace(before, after)) if problem[1] == field]
    assert found
    assert says in found[0][2]


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("id: satisfaction, version: 1, weights: {W}", "is built in"),
        ("id: mine, version: 1, weights: {very_satisfied: 1}", "no weight for satisfied"),
        ("id: mine, version: 1, weights: {W, not_applicable: 1}", "is no rated choice"),
        ("id: mine, version: 1, weights: {W, very_satisfied: 101}", "stands here twice"),
    ],
)
def test_a_formula_of_ones_own_weighs_every_rated_choice(formula: str, says: str) -> None:
    weights = "very_satisfied: 9, satisfied: 5, average: 3, not_satisfied: 0"
    line = formula.replace("W", weights, 1) if "{W" in formula else formula
    found = problems(HEAD + UNITS + f"formulas: [{{kind: satisfaction, {line}}}]")
    assert any(says in detail for _, _, detail in found)


def test_a_formula_changes_by_a_new_version() -> None:
    weights = "{very_satisfied: 9, satisfied: 5, average: 3, not_satisfied: 0}"
    one = f"{{id: mine, version: 1, kind: satisfaction, weights: {weights}}}"
    found = only(HEAD + UNITS + f"formulas: [{one}, {one}]")
    assert "a change is a new version" in found[2]
    both = f"formulas: [{one}, {one.replace('version: 1', 'version: 2')}]"
    newest = good(HEAD + UNITS + both).formula("mine")
    assert newest is not None
    assert newest.version == 2


def test_a_round_needs_units() -> None:
    assert "nothing to vote on" in only(HEAD + "rounds: [{id: r, title: {en: R}}]")[2]
    found = problems(HEAD + UNITS + "rounds: [{id: r, title: {en: R}, units: [water, water, x]}]")
    assert [field for _, field, _ in found] == ["rounds[0].units[1]", "rounds[0].units[2]"]


def test_ids_are_unique_over_all_loaded_broadcasts() -> None:
    day = good(DAY)
    assert good(DAY, day) == day
    taken = problems(DAY.replace("id: county\n", "id: next-year\n"), day)
    assert [field for _, field, _ in taken] == [
        "units[0].id",
        "units[1].id",
        "rounds[0].id",
        "groups[0].id",
        "slots[0].id",
        "slots[1].id",
    ]
    assert "belongs to the broadcast `county`" in taken[0][2]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("id: [", "this is not YAML"),
        ("id: a: b", "this is not YAML"),
        ("id: a\n---\nid: b", "this is not YAML"),
        ("id: &a [*a]", "aliases (*name) are not read here"),
        ("[" * 60, "nested more than 20 deep"),
        ("id: \x07", "the character U+0007"),
        ("id: !!python/object/apply:os.system [ls]", "tags such as"),
        ("id: !!binary aGk=", "tags such as"),
        ("<<: {id: a}", "merges (<<) are not read here"),
        ("? [a]\n: b", "a field needs a plain name"),
        ('id: "\\ud800"', "control character"),
        ("title: {en: |-\n a\n b}", "this is not YAML"),
        ("title:\n  en: |-\n    a\n    b", "control character"),
        ("x" * 300_000, "larger than 256 KiB"),
        ("- a", "must hold fields"),
        ("just words", "must hold fields"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_safely(text: str, says: str) -> None:
    assert any(says in detail for _, _, detail in problems(text))


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a0: &a0 ha"] + [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 10)]
    assert only("\n".join(lines))[2].startswith("aliases")


def test_a_file_full_of_errors_tells_the_first_hundred() -> None:
    found = load(HEAD + "units:\n" + "  - x\n" * 300)
    assert isinstance(found, list)
    assert len(found) == MOST_PROBLEMS
    assert found[0].line == 4


@given(st.text(SIGNS, max_size=24))
def test_no_text_makes_it_fail(text: str) -> None:
    found = load(text)
    assert isinstance(found, Broadcast) or all(isinstance(entry, Problem) for entry in found)


IDS = st.text("ab12", min_size=1, max_size=8)
WORDS = st.text("满意a1?: #'\"&*{}[]-|\u3000", min_size=1, max_size=8).map("x{}".format)
TIMES = st.none() | st.integers(946_684_800_000, (1 << 45) - 1)


@st.composite
def broadcasts(draw: st.DrawFn) -> Broadcast:
    names = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    units = [
        Unit(name, number, draw(st.sampled_from(("department", "township"))), Text(f"单位{number}"))
        for number, name in enumerate(names, 1)
    ]
    opens_at = draw(TIMES)
    closes_at = draw(TIMES.filter(lambda at: at is None or opens_at is None or at > opens_at))
    chosen = st.just("all") | st.lists(st.sampled_from(names), min_size=1, unique=True)
    voting_round = Round(
        draw(IDS),
        Text(draw(WORDS), draw(WORDS)),
        units=draw(chosen),
        minimum_ballots=draw(st.integers(1, 1_000_000)),
        opens_at=opens_at,
        closes_at=closes_at,
    )
    return Broadcast(draw(IDS), Text(en=draw(WORDS)), units=units, rounds=[voting_round])


@given(broadcasts())
def test_what_was_written_is_read_back(broadcast: Broadcast) -> None:
    text = yaml.safe_dump(yaml.safe_load(encode(broadcast)), allow_unicode=True)
    assert load(text) == broadcast
