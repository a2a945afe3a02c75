from agents.reducers import rounds
from agents.reducers.cards import Cards, step
from schemas.facts import BroadcastRetired, CardRevoked


def revoked(at: int, evaluator: str = "e1", broadcast: str = "day") -> CardRevoked:
    before = (at // 1_000 + 1) * 1_000
    return CardRevoked(at=at, broadcast=broadcast, evaluator=evaluator, issued_before=before)


def folded(*facts: CardRevoked) -> Cards:
    state = Cards()
    for fact in facts:
        step(state, fact)
    return state


def test_any_card_is_good_until_it_is_taken_back() -> None:
    assert folded().good_from("day", "e1") == 0
    assert folded().of("day", "e1") is None


def test_cards_that_were_issued_before_are_good_no_more() -> None:
    state = folded(revoked(5_200))
    assert state.good_from("day", "e1") == 6_000
    assert state.of("day", "e1") == (5_200, 6_000)


def test_only_that_evaluator_s_cards_of_that_broadcast_are_taken_back() -> None:
    state = folded(revoked(5_200))
    assert (state.good_from("day", "e2"), state.good_from("other", "e1")) == (0, 0)


def test_the_same_again_and_an_older_one_change_nothing() -> None:
    state = folded(revoked(5_200), revoked(9_000), revoked(9_000), revoked(5_200))
    assert state.of("day", "e1") == (9_000, 10_000)


def test_no_round_is_touched_by_it() -> None:
    assert rounds.step(rounds.Broadcasts(), 0, revoked(5_200)) == []


def test_what_is_unreadable_or_about_something_else_changes_nothing() -> None:
    state = Cards()
    step(state, None)
    step(state, BroadcastRetired(at=1, broadcast="day"))
    assert state == Cards()
