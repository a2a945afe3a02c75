import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.ballots import Ballot, encode_frame
from streams.gateway.framing import FrameBounds, Framing, OpenFrame

BALLOT = Ballot("r1", "housing", 7, 1, 1_800_000_000_000, "web")


def test_a_frame_is_closed_by_the_ballot_that_makes_it_full() -> None:
    framing: Framing[int] = Framing(FrameBounds(ballots=3))
    assert framing.add(0, BALLOT, 1, now_ms=0) is None
    assert framing.add(0, BALLOT, 2, now_ms=1) is None
    full = framing.add(0, BALLOT, 3, now_ms=2)
    assert full is not None
    assert (full.partition, full.waiters, len(full.ballots)) == (0, [1, 2, 3], 3)
    assert framing.close_all() == []


def test_a_frame_is_closed_before_its_bytes_are_too_many() -> None:
    framing: Framing[int] = Framing(FrameBounds(ballots=1_000, bytes=1_000))
    long = Ballot("r" * 64, "u" * 64, (1 << 60) - 1, 4, (1 << 45) - 1, "partner:" + "p" * 64)
    frames = [framing.add(0, long, item, now_ms=0) for item in range(9)]
    closed = [frame for frame in frames if frame]
    assert [len(frame.ballots) for frame in closed] == [4, 4]
    assert all(len(encode_frame(0, frame.ballots)) < 1_400 for frame in closed)


def partitions(frames: list[OpenFrame[int]]) -> list[int]:
    return sorted(frame.partition for frame in frames)


def test_the_oldest_ballot_says_when_all_frames_go() -> None:
    framing: Framing[int] = Framing(FrameBounds(age_ms=5))
    assert framing.due_ms() is None
    framing.add(3, BALLOT, 1, now_ms=10)
    framing.add(4, BALLOT, 2, now_ms=12)
    assert framing.due_ms() == 15
    assert framing.close_due(now_ms=14.9) == []
    assert partitions(framing.close_due(now_ms=15)) == [3, 4]
    assert framing.due_ms() is None


def test_a_partition_with_a_frame_on_its_way_waits_for_the_ack_and_holds_up_no_other() -> None:
    framing: Framing[int] = Framing(FrameBounds(age_ms=5))
    framing.add(3, BALLOT, 1, now_ms=0)
    framing.close_due(now_ms=5)
    framing.add(3, BALLOT, 2, now_ms=6)
    assert framing.due_ms() is None
    framing.add(4, BALLOT, 3, now_ms=8)
    assert partitions(framing.close_due(now_ms=13)) == [4]
    framing.settled(3)
    assert framing.due_ms() == 11
    assert partitions(framing.close_due(now_ms=13)) == [3]


def test_a_full_frame_waits_for_nothing() -> None:
    framing: Framing[int] = Framing(FrameBounds(ballots=1))
    assert framing.add(3, BALLOT, 1, now_ms=0) is not None
    assert framing.add(3, BALLOT, 2, now_ms=0) is not None
    framing.settled(3)
    framing.settled(3)
    assert framing.close_all() == []


@given(st.lists(st.integers(0, 7) | st.sampled_from(["due", "acks"]), max_size=60))
def test_every_ballot_is_in_one_frame_of_its_partition_in_order(steps: list[int | str]) -> None:
    framing: Framing[int] = Framing(FrameBounds(ballots=4, age_ms=2))
    closed: list[OpenFrame[int]] = []
    settled = 0
    for item, step in enumerate(steps):
        match step:
            case "due":
                closed += framing.close_due(now_ms=item)
            case "acks":
                for frame in closed[settled:]:
                    framing.settled(frame.partition)
                settled = len(closed)
            case int():
                closed += [each for each in [framing.add(step, BALLOT, item, item)] if each]
    closed += framing.close_all()
    for partition in range(8):
        waiters = [item for each in closed if each.partition == partition for item in each.waiters]
        assert waiters == [item for item, step in enumerate(steps) if step == partition]
    assert all(0 < len(frame.ballots) <= 4 for frame in closed)


@given(
    round_id=st.text("r-9", min_size=1, max_size=64),
    voter=st.integers(0, (1 << 60) - 1),
    created_at=st.integers(0, (1 << 45) - 1),
)
def test_a_frame_never_takes_more_bytes_than_it_is_counted_for(
    round_id: str, voter: int, created_at: int
) -> None:
    framing: Framing[int] = Framing(FrameBounds())
    ballot = Ballot(round_id, "u", voter, 4, created_at, "wechat:county")
    framing.add(0, ballot, 1, now_ms=0)
    [frame] = framing.close_all()
    assert len(orjson.dumps(list(ballot))) + 1 <= frame.bytes
