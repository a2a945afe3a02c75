"""Who keeps failing to sign in is told to wait; everyone else is not."""

from dashboards.api.web.failures import MOST_ADDRESSES, Failures


def test_past_the_limit_one_waits_until_the_minute_is_over() -> None:
    failures = Failures(limit=2)
    assert [failures.wait_s("a", 65) for _ in range(4)] == [0, 0, 55, 55]
    assert failures.wait_s("b", 65) == 0
    assert failures.wait_s("a", 120) == 0


def test_it_remembers_a_bounded_number_of_addresses() -> None:
    failures = Failures(limit=1)
    for number in range(MOST_ADDRESSES):
        failures.wait_s(str(number), 0)
    assert failures.wait_s("0", 0) == 0
