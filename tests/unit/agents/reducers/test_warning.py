from hypothesis import given
from hypothesis import strategies as draw

from agents.reducers.scene import Scene, follow
from agents.reducers.session_view import view
from agents.reducers.warning import due, wake_at
from schemas.sessions import CommandName, SessionMessage, WarningGiven
from tests.support.stage_evening import StageEvening

LIMIT, WARNING = 300_000, 10_000
DUE = LIMIT - WARNING


class Hall(StageEvening):
    """An evening with a stage controller that hears it, and is asked at every turn."""

    def __init__(self) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.given: list[WarningGiven] = []
        self.now = 0

    def say(self, fact: SessionMessage | None) -> set[str]:
        offset = self.ends["sessions"]
        touched = super().say(fact)  # pyright: ignore[reportArgumentType] - of this topic
        if fact is not None:
            self.scene = follow(self.scene, self.state, offset, fact)  # pyright: ignore[reportArgumentType]
        return touched

    @property
    def last(self) -> str:
        return self.given[-1].id if self.given else ""

    def go(self) -> None:
        self.press("start_presentation", 0)

    def turn(self, name: CommandName, at: int, **more: int) -> None:
        """Press a key, with all warnings given that came due before."""
        self.wait(at)
        self.press(name, at, **more)

    def wait(self, until: int) -> None:
        """Wake whenever a warning is due, until a time."""
        while (at := wake_at(self.scene, self.last, self.now)) is not None and at <= until:
            self.now = max(at, self.now)
            fact = due(self.scene, self.last, self.now)
            assert fact is not None
            self.given.append(fact)
            self.say(fact)
        self.now = until

    @property
    def planned(self) -> list[int]:
        return [fact.planned_at for fact in self.given]


def test_nobody_is_warned_before_the_first_presentation() -> None:
    assert (due(None, "", 5), wake_at(None, "", 5)) == (None, None)


def test_a_warning_is_given_once_when_it_is_due_and_named_by_its_command_and_time() -> None:
    hall = Hall()
    hall.go()
    assert wake_at(hall.scene, "", 1) == DUE
    assert due(hall.scene, "", DUE - 1) is None
    fact = due(hall.scene, "", DUE + 2)
    assert fact is not None
    assert (fact.planned_at, fact.sent_at, fact.slot) == (DUE, DUE + 2, "s1")
    assert fact.id == f"c0:warning:{DUE}"
    assert due(hall.scene, fact.id, DUE + 3) is None
    assert hall.say(fact) == {"county"}
    assert due(hall.scene, "", DUE + 3) is None
    assert view(hall.state, "county").slots[0].warned_at == DUE + 2


def test_a_warning_that_was_told_is_no_decision_and_told_twice_no_news() -> None:
    hall = Hall()
    hall.go()
    before = hall.state.decision("county")
    hall.wait(LIMIT)
    assert hall.say(hall.given[0]) == set()
    assert hall.state.decision("county") == before


def test_more_time_and_a_pause_put_the_warning_off() -> None:
    hall = Hall()
    hall.go()
    hall.turn("add_time", 5, added_ms=30_000)
    hall.turn("pause_presentation", DUE + 1_000)
    hall.turn("resume_presentation", DUE + 61_000)
    hall.wait(2 * LIMIT)
    assert hall.planned == [DUE + 90_000]


def test_after_more_time_than_the_warning_s_own_a_new_one_is_given() -> None:
    hall = Hall()
    hall.go()
    hall.turn("add_time", LIMIT - 5_000, added_ms=60_000)
    hall.wait(2 * LIMIT)
    assert hall.planned == [DUE, DUE + 60_000]
    assert len({fact.id for fact in hall.given}) == 2


def test_who_was_warned_is_not_warned_again_while_no_more_than_the_warning_is_left() -> None:
    hall = Hall()
    hall.go()
    hall.turn("add_time", LIMIT - 8_000, added_ms=2_000)
    hall.turn("pause_presentation", LIMIT - 2_000)
    hall.turn("resume_presentation", LIMIT + 50_000)
    hall.turn("add_time", LIMIT + 60_000, added_ms=WARNING)
    hall.wait(2 * LIMIT)
    assert hall.planned == [DUE]


def test_time_taken_away_warns_at_once() -> None:
    hall = Hall()
    hall.go()
    hall.turn("add_time", 60_000, added_ms=-235_000)
    hall.wait(61_000)
    assert hall.planned == [60_000]


def test_a_late_warning_is_given_at_once_but_none_after_the_limit_or_the_finish() -> None:
    hall = Hall()
    hall.go()
    assert due(hall.scene, "", LIMIT - 1) is not None
    assert due(hall.scene, "", LIMIT) is None
    hall.press("finish_presentation", DUE - 5)
    assert due(hall.scene, "", DUE) is None


@given(
    draw.lists(
        draw.tuples(
            draw.sampled_from(["pause_presentation", "resume_presentation", "add_time"]),
            draw.integers(0, 200_000),
            draw.integers(-60_000, 60_000),
        ),
        max_size=8,
    )
)
def test_a_warning_is_given_each_time_the_clock_falls_to_it_and_at_no_other(
    turns: list[tuple[CommandName, int, int]],
) -> None:
    hall, at, seen, was_above = Hall(), 0, list[int](), True
    hall.go()

    def watch(until: int) -> None:
        """The slow way: look at what is left at the start, at the crossing, and after a turn."""
        nonlocal was_above
        assert hall.scene is not None
        run = hall.scene.run
        times: list[int] = [at, run.warn_at] if at < run.warn_at <= until else [at]
        for time in times:
            left = run.remaining_ms(time)
            if was_above and 0 < left <= WARNING and run.paused_at is None:
                seen.append(time)
                was_above = False
            was_above = was_above or left > WARNING

    for name, later, added_ms in turns:
        watch(at + later)
        at += later
        hall.turn(name, at, added_ms=added_ms)
    watch(at + LIMIT)
    hall.wait(at + 4 * LIMIT)
    assert hall.planned[: len(seen)] == seen
    assert hall.planned[len(seen) :] in ([], [hall.scene.run.warn_at] if hall.scene else [])
