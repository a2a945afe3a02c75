from agents.reducers.live_state import LiveState, step_sessions
from agents.reducers.scene import DirectCut, Scene, Wish, choose, cut, follow, is_too_old, wish
from schemas.sessions import (
    MicrophoneOrdered,
    PresentationFinished,
    PresentationPaused,
    PresentationResumed,
    PresentationStarted,
    SessionsMessage,
    TimeAdded,
)

LIMIT = 300_000


class Stage:
    """A stage that reads the log."""

    def __init__(self) -> None:
        self.sessions, self.scene, self.offset = LiveState(), None, 0

    def hears(self, *messages: SessionsMessage) -> Scene:
        for message in messages:
            step_sessions(self.sessions, self.offset, message)
            self.scene = follow(self.scene, self.sessions, self.offset, message)
            self.offset += 1
        assert self.scene is not None
        return self.scene


def started(slot: str = "s1", at: int = 0) -> PresentationStarted:
    return PresentationStarted(
        at=at,
        id=f"go-{slot}",
        broadcast="county",
        slot=slot,
        started_at=at,
        warn_at=at + LIMIT - 10_000,
        ends_at=at + LIMIT,
        allotted_ms=LIMIT,
        warning_ms=10_000,
    )


def ordered(is_open: bool, at: int, command: str = "by hand") -> MicrophoneOrdered:
    return MicrophoneOrdered(at=at, id=command, broadcast="county", slot="s1", is_open=is_open)


def finished(at: int) -> PresentationFinished:
    return PresentationFinished(
        at=at, id="end", broadcast="county", slot="s1", used_ms=at, left_ms=0, overtime_ms=0
    )


def test_nothing_is_wished_before_the_first_presentation() -> None:
    assert wish(None, 5) is None


def test_the_limit_is_wished_by_the_command_that_set_it() -> None:
    stage = Stage()
    scene = stage.hears(started())
    assert wish(scene, LIMIT - 1) == Wish(True, "go-s1", 0)
    assert wish(scene, LIMIT) == Wish(False, "go-s1", LIMIT)
    more = TimeAdded(
        at=9,
        id="more",
        broadcast="county",
        slot="s1",
        added_ms=30_000,
        warn_at=LIMIT + 20_000,
        ends_at=LIMIT + 30_000,
    )
    assert wish(stage.hears(more), LIMIT + 30_000) == Wish(False, "more", LIMIT + 30_000)


def test_a_pause_an_order_and_the_finish_are_wished_from_their_own_time_on() -> None:
    pause = PresentationPaused(at=50, id="hold", broadcast="county", slot="s1", remaining_ms=9)
    assert wish(Stage().hears(started(), pause), 90) == Wish(False, "hold", 50)
    assert wish(Stage().hears(started(), ordered(False, 60)), 90) == Wish(False, "by hand", 60)
    assert wish(Stage().hears(started(), finished(70)), 90) == Wish(False, "end", 70)


def test_a_direct_cut_holds_though_the_log_does_not_know_of_it() -> None:
    stage = Stage()
    scene = stage.hears(started())
    assert cut(scene, DirectCut("now", "operator", 100))
    assert wish(scene, 101) == Wish(False, "now", 100)
    assert wish(stage.hears(more_time(at=150)), 200) == Wish(False, "now", 100)


def more_time(at: int) -> TimeAdded:
    return TimeAdded(
        at=at,
        id="more",
        broadcast="county",
        slot="s1",
        added_ms=1_000,
        warn_at=LIMIT - 9_000,
        ends_at=LIMIT + 1_000,
    )


def test_a_direct_cut_ends_when_the_operator_opens_the_microphone_after_it() -> None:
    stage = Stage()
    scene = stage.hears(started())
    cut(scene, DirectCut("now", "operator", 100))
    after = stage.hears(ordered(False, 100, "now"), ordered(True, 200, "again"))
    assert wish(after, 201) == Wish(True, "again", 200)


def test_a_resume_ends_a_direct_cut() -> None:
    stage = Stage()
    cut(stage.hears(started()), DirectCut("now", "operator", 100))
    pause = PresentationPaused(at=150, id="hold", broadcast="county", slot="s1", remaining_ms=900)
    resume = PresentationResumed(
        at=200, id="on", broadcast="county", slot="s1", warn_at=200, ends_at=1_100
    )
    assert wish(stage.hears(pause, resume), 201) == Wish(True, "on", 200)


def test_a_direct_cut_that_came_already_or_is_older_than_the_scene_is_no_news() -> None:
    scene = Stage().hears(started(at=1_000))
    assert not cut(scene, DirectCut("old", "operator", 500))
    assert cut(scene, DirectCut("now", "operator", 1_500))
    assert not cut(scene, DirectCut("now", "operator", 1_600))


def test_only_what_is_not_known_is_refused_as_too_old() -> None:
    stage = Stage()
    scene = stage.hears(started(at=1_000))
    assert is_too_old(scene, DirectCut("old", "operator", 500))
    assert not is_too_old(scene, DirectCut("now", "operator", 1_500))
    scene = stage.hears(ordered(False, 2_000, "now"))
    assert not is_too_old(scene, DirectCut("now", "operator", 1_500))


def test_a_presentation_that_the_log_lost_is_kept_to_its_end() -> None:
    held = Stage().hears(started())
    assert choose(held, None, LiveState()) is held


def test_once_the_log_is_read_it_is_believed_and_a_direct_cut_is_not_forgotten() -> None:
    held = Stage().hears(started())
    cut(held, DirectCut("now", "operator", 100))
    other = Stage()
    folded = other.hears(started())
    chosen = choose(held, folded, other.sessions)
    assert chosen is folded
    assert wish(chosen, 101) == Wish(False, "now", 100)


def test_the_next_presentation_in_the_log_replaces_the_one_that_was_held() -> None:
    held = Stage().hears(started())
    other = Stage()
    folded = other.hears(started(), finished(500), started("s2", 600))
    assert choose(held, folded, other.sessions) is folded
