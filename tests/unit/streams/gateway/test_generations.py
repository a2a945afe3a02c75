from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.generations import Generations


def test_what_was_set_is_held_for_its_lifetime() -> None:
    held: Generations[str, int] = Generations(most=100, lifetime=10)
    held.set("a", 1, now=0)
    for now in range(10):
        held.set("b", now, now)
    assert (held.get("a"), held.get("b"), held.get("c")) == (1, 9, None)


def test_what_is_older_than_twice_its_lifetime_is_gone() -> None:
    held: Generations[str, int] = Generations(most=100, lifetime=10)
    held.set("a", 1, now=0)
    held.set("b", 2, now=10)
    held.set("c", 3, now=20)
    assert (held.get("a"), held.get("b"), held.get("c")) == (None, 2, 3)


def test_after_a_long_silence_nothing_old_is_left() -> None:
    held: Generations[str, int] = Generations(most=100, lifetime=10)
    held.set("a", 1, now=0)
    held.set("b", 2, now=1_000)
    assert (len(held), held.get("a")) == (1, None)


@given(
    most=st.integers(2, 20),
    sets=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 3)), max_size=60),
)
def test_it_never_holds_more_than_it_may_and_never_what_was_not_set(
    most: int, sets: list[tuple[int, int]]
) -> None:
    held: Generations[int, int] = Generations(most, lifetime=20)
    truth: dict[int, int] = {}
    now = 0
    for key, later in sets:
        now += later
        held.set(key, now, now)
        truth[key] = now
        assert len(held) <= most
        assert held.get(key) == now
    assert all(held.get(key) in (None, value) for key, value in truth.items())
