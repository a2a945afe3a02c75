from streams.stage.clock import Clock, Sample


class Hands:
    """A wall clock and a steady one that a test moves."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000.0, 50.0

    def clock(self, offset_ms: float = 0.0) -> Clock:
        return Clock(offset_ms, steady_s=lambda: self.steady, wall_s=lambda: self.wall)


def sample(asked_s: float, trip_s: float, theirs_ms: float) -> Sample:
    return Sample(asked_s, asked_s + trip_s, theirs_ms)


def test_a_wall_clock_that_is_put_right_moves_no_deadline() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall, hands.steady = 5_000.0, 52.0
    assert clock.now_ms() == 1_002_000
    assert clock.steady_at(1_005_000) == 55.0


def test_a_console_that_is_ahead_is_believed() -> None:
    clock = Hands().clock()
    assert clock.take([sample(50.0, 0.004, 1_000_302)])
    assert clock.now_ms() == 1_000_300
    assert clock.offset_ms == 300.5


def test_the_sample_with_the_shortest_trip_is_taken() -> None:
    clock = Hands().clock()
    assert clock.take([sample(50.0, 2.0, 1_009_000), sample(50.0, 0.002, 1_000_501)])
    assert clock.now_ms() == 1_000_500


def test_a_sample_that_cannot_know_better_moves_nothing() -> None:
    clock = Hands().clock()
    assert not clock.take([sample(50.0, 0.100, 1_000_010)])
    assert clock.now_ms() == 1_000_000


def test_what_was_measured_in_an_earlier_life_is_kept() -> None:
    assert Hands().clock(offset_ms=-250).now_ms() == 999_750
