from typing import Any

from agents.reducers.presentation import Marks, rank, score
from schemas.broadcasts import Broadcast
from schemas.formulas import PresentationFormula
from tribune.demo.evaluators import expected, papers
from tribune.demo.short_day import short_day


def test_nobody_marks_their_own_unit_and_one_of_each_group_declares_a_tie(
    example_file: dict[str, Any],
) -> None:
    day = short_day(example_file, (), 4_000)
    found = papers(day.slots, example_file["evaluators"], example_file["formulas"][0])
    everyone = {evaluator["id"] for evaluator in example_file["evaluators"]}
    assert found["d2-demo"].own == ["o2"]
    for paper in found.values():
        assert {*paper.given, *paper.recused, *paper.own} == everyone
    for group in day.groups:
        slots = [slot["id"] for slot in day.slots_of(group["id"])]
        assert sum(len(found[slot].recused) for slot in slots) == 1


def test_the_ranking_reckoned_here_is_that_of_the_published_formula(
    example: Broadcast, example_file: dict[str, Any]
) -> None:
    formula = example.formula("presentation")
    assert isinstance(formula, PresentationFormula)
    panels = {evaluator.id: evaluator.panel for evaluator in example.evaluators}
    found = papers(
        short_day(example_file, (), 4_000).slots,
        example_file["evaluators"],
        example_file["formulas"][0],
    )
    scores = {}
    for slot, paper in found.items():
        marks = [Marks(panels[one], given) for one, given in paper.given.items()]
        one = score(formula, marks)
        assert one is not None
        scores[slot] = one
    ranks = rank(scores)
    wanted = {slot: (ranks[slot], one.score) for slot, one in scores.items()}
    assert expected(found, example_file["evaluators"], example_file["formulas"][0]) == wanted
