from agents.reducers.presentation import Marks, rank, score
from schemas.broadcasts import Broadcast
from schemas.formulas import PresentationFormula
from schemas.loading import load
from tribune.demo.evaluators import expected, papers
from tribune.demo.prepare import PLACES, county
from tribune.demo.programme import short_day


def test_nobody_marks_their_own_unit_and_one_of_each_group_declares_a_tie() -> None:
    example = county()
    day = short_day(example, (), 4_000)
    found = papers(day.slots, example["evaluators"], example["formulas"][0])
    everyone = {evaluator["id"] for evaluator in example["evaluators"]}
    assert found["d2-demo"].own == ["o2"]
    for paper in found.values():
        assert {*paper.given, *paper.recused, *paper.own} == everyone
    for group in day.groups:
        slots = [slot["id"] for slot in day.slots_of(group["id"])]
        assert sum(len(found[slot].recused) for slot in slots) == 1


def test_the_ranking_reckoned_here_is_that_of_the_published_formula() -> None:
    example = county()
    broadcast = load(PLACES[1].read_text())
    assert isinstance(broadcast, Broadcast)
    formula = broadcast.formula("presentation")
    assert isinstance(formula, PresentationFormula)
    panels = {evaluator.id: evaluator.panel for evaluator in broadcast.evaluators}
    found = papers(
        short_day(example, (), 4_000).slots, example["evaluators"], example["formulas"][0]
    )
    scores = {}
    for slot, paper in found.items():
        marks = [Marks(panels[one], given) for one, given in paper.given.items()]
        one = score(formula, marks)
        assert one is not None
        scores[slot] = one
    ranks = rank(scores)
    wanted = {slot: (ranks[slot], one.score) for slot, one in scores.items()}
    assert expected(found, example["evaluators"], example["formulas"][0]) == wanted
