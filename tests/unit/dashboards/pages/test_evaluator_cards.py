from dashboards.pages.evaluator_cards import cards
from schemas.broadcasts import Broadcast, Evaluator, Panel, Text, Unit

BROADCAST = Broadcast(
    id="county",
    title=Text(zh="县", en="County"),
    units=[Unit(id="housing", number=1, kind="department", name=Text(zh="住建局", en="Housing"))],
    panels=[Panel(id="leaders", title=Text(zh="县领导", en="Leaders"))],
    evaluators=[
        Evaluator(id="e1", panel="leaders", name=Text(zh="<李>"), units=["housing"]),
        Evaluator(id="e2", panel="leaders", name=Text()),
    ],
)


def test_each_evaluator_has_a_card_with_their_own_code() -> None:
    asked: list[str] = []

    def address_of(evaluator: Evaluator) -> str:
        asked.append(evaluator.id)
        return f"http://tribune/judge#{evaluator.id}"

    page = cards(BROADCAST, "zh", address_of)
    assert asked == ["e1", "e2"]
    first, second = page.split("<article>")[1:]
    assert "<h2>&lt;李&gt;</h2>" in first
    assert "县领导" in first
    assert "住建局" in first
    assert "<h2>e2</h2>" in second
    assert "住建局" not in second
    assert first.split("<div>")[0] != second.split("<div>")[0]
    assert '<a href="http://tribune/judge#e1" target="_blank"' in first
    assert '<a href="http://tribune/judge#e2" target="_blank"' in second


def test_a_card_speaks_the_reader_s_language() -> None:
    page = cards(BROADCAST, "en", lambda evaluator: evaluator.id)
    assert "Housing" in page
    assert 'lang="en"' in page


def test_one_card_is_printed_alone() -> None:
    page = cards(BROADCAST, "en", lambda evaluator: evaluator.id, only="e2")
    assert page.count("<article>") == 1
    assert "<h2>e2</h2>" in page


def test_a_card_of_a_rehearsal_says_so() -> None:
    page = cards(BROADCAST, "en", lambda evaluator: evaluator.id, rehearsal=True)
    assert all("Rehearsal · " in card for card in page.split("<article>")[1:])
    assert "Rehearsal" not in cards(BROADCAST, "en", lambda evaluator: evaluator.id)
