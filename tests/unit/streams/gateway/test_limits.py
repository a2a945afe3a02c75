from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.limits import Limit


def limit(most: int = 3) -> Limit[str]:
    return Limit(most, window_ms=1_000, remembered=100)


def test_so_many_come_in_and_the_next_waits_until_the_window_ends() -> None:
    voters = limit()
    assert [voters.take("a", 1, now) for now in (0, 100, 200)] == [0, 0, 0]
    assert voters.take("a", 1, 300) == 700
    assert voters.take("a", 1, 999) == 1
    assert voters.take("a", 1, 1_000) == 0


def test_one_voter_does_not_use_up_anothers() -> None:
    voters = limit()
    assert voters.take("a", 3, 0) == 0
    assert voters.take("b", 3, 0) == 0


def test_a_list_counts_each_of_its_ballots() -> None:
    voters = limit()
    assert voters.take("a", 4, 0) > 0
    assert voters.take("a", 2, 0) == 0
    assert voters.take("a", 2, 0) > 0
    assert voters.take("a", 1, 0) == 0


def test_what_is_given_back_may_come_again() -> None:
    voters = limit()
    voters.take("a", 3, 0)
    voters.give_back("a", 2, 0)
    assert voters.take("a", 3, 0) > 0
    assert voters.take("a", 2, 0) == 0


@given(
    most=st.integers(1, 5),
    tries=st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.integers(0, 400))),
)
def test_no_window_holds_more_than_the_limit(most: int, tries: list[tuple[str, int, int]]) -> None:
    kept: Limit[str] = Limit(most, 1_000, remembered=100)
    windows: dict[str, tuple[int, int]] = {}
    now = 0
    for key, count, later in tries:
        now += later
        began, used = windows.get(key, (now, 0))
        if now >= began + 1_000:
            began, used = now, 0
        fits = used + count <= most
        assert (kept.take(key, count, now) == 0) == fits
        if fits:
            windows[key] = (began, used + count)
