"""What the hub owes whom, in whatever order things happen."""

import itertools

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.push.cohorts import COHORT, Channel, Place
from streams.push.frames import Encoder, Frames
from streams.push.hub import ChannelRefused, Hub

ROUND = "board:satisfaction:spring"
OTHER = "board:satisfaction:autumn"
ENCODER = Encoder()
SOCKETS = itertools.count()


class Ear(Place):
    """A viewer that remembers what it was sent."""

    def __init__(self, hub: Hub["Ear"]) -> None:
        super().__init__()
        self.socket = next(SOCKETS)
        self.hub = hub
        self.stalled = False
        self.heard: list[dict[str, object]] = []
        hub.join(self)

    def hear(self, frame: bytes) -> None:
        text = frame[2:] if frame[1] < 126 else frame[4:]
        self.heard.append(orjson.loads(text))

    def catch_up(self) -> None:
        while not self.stalled:
            if (frames := self.hub.take_any(self)) is None:
                self.hub.settle(self)
                return
            self.hear(frames.plain)

    def stall(self) -> None:
        self.stalled = True
        self.hub.stall(self)

    def said(self) -> list[tuple[object, object]]:
        return [(message["type"], message["seq"]) for message in self.heard]


def a_hub(subscriptions: int = 64, empty_channels: int = 100) -> Hub[Ear]:
    return Hub(ENCODER.encode, subscriptions=subscriptions, empty_channels=empty_channels)


def tell(hub: Hub[Ear], seq: int, data: bytes = b"{}", name: str = ROUND) -> None:
    channel = hub.publish(name, seq, data)
    if channel is not None:
        for number in range(len(channel.cohorts)):
            send_cohort(hub, channel, number)


def send_cohort(hub: Hub[Ear], channel: Channel[Ear], number: int) -> None:
    """Send to one cohort, as a fan-out does when its turn comes."""
    for cohort in channel.cohorts[number : number + 1]:
        if (frames := hub.take_all(channel, cohort)) is not None:
            for socket, ear in cohort.members.items():
                assert (ear.socket, ear.stalled) == (socket, False)
                ear.hear(frames.plain)


def test_a_viewer_gets_a_snapshot_and_then_updates() -> None:
    hub = a_hub()
    tell(hub, 7, b'{"rows":[1]}')
    ear = Ear(hub)
    hub.subscribe(ear, ROUND)
    ear.catch_up()
    tell(hub, 8, b'{"rows":[2]}')
    assert ear.heard == [
        {"type": "snapshot", "channel": ROUND, "seq": 7, "data": {"rows": [1]}},
        {"type": "update", "channel": ROUND, "seq": 8, "data": {"rows": [2]}},
    ]


def test_a_channel_of_which_nothing_is_known_has_number_0_and_no_data() -> None:
    hub = a_hub()
    ear = Ear(hub)
    hub.subscribe(ear, "session:county-2026")
    ear.catch_up()
    assert ear.heard == [
        {"type": "snapshot", "channel": "session:county-2026", "seq": 0, "data": None}
    ]


def test_the_first_state_of_an_empty_channel_is_an_update() -> None:
    hub = a_hub()
    ear = Ear(hub)
    hub.subscribe(ear, ROUND)
    ear.catch_up()
    tell(hub, 3)
    assert ear.said() == [("snapshot", 0), ("update", 3)]


@pytest.mark.parametrize("seq", [0, 6, 7])
def test_what_is_older_or_the_same_is_no_news(seq: int) -> None:
    hub = a_hub()
    tell(hub, 7)
    assert hub.publish(ROUND, seq, b"{}") is None


def test_a_state_is_encoded_once_however_many_follow_it() -> None:
    encoded: list[bytes] = []

    def encode(text: bytes) -> Frames:
        encoded.append(text)
        return ENCODER.encode(text)

    hub: Hub[Ear] = Hub(encode, subscriptions=4, empty_channels=4)
    for _ in range(50):
        ear = Ear(hub)
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    tell(hub, 1)
    assert len(encoded) == 2


def test_a_viewer_that_stalled_gets_only_the_newest_of_each_channel() -> None:
    hub = a_hub()
    ear = Ear(hub)
    for name in (ROUND, OTHER):
        hub.subscribe(ear, name)
    ear.catch_up()
    for seq in range(1, 50):
        hub.publish(ROUND, seq, b"{}")
        hub.publish(OTHER, seq * 2, b"{}")
    ear.heard.clear()
    ear.catch_up()
    assert ear.said() == [("update", 49), ("update", 98)]


def test_a_slow_viewer_gets_its_channels_in_turn_and_starves_on_none() -> None:
    hub = a_hub()
    ear = Ear(hub)
    for name in (ROUND, OTHER):
        hub.subscribe(ear, name)
    heard: list[str] = []
    for seq in range(1, 9):
        for name in (ROUND, OTHER):
            hub.publish(name, seq, b"{}")
        frames = hub.take_any(ear)
        assert frames is not None
        ear.hear(frames.plain)
        heard.append(str(ear.heard[-1]["channel"]))
    assert heard == [ROUND, OTHER] * 4


def test_who_asks_again_gets_a_snapshot_again() -> None:
    hub = a_hub()
    tell(hub, 7)
    ear = Ear(hub)
    for _ in range(2):
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    assert ear.said() == [("snapshot", 7), ("snapshot", 7)]


def test_who_unsubscribes_hears_no_more() -> None:
    hub = a_hub()
    ear = Ear(hub)
    hub.subscribe(ear, ROUND)
    ear.catch_up()
    hub.unsubscribe(ear, ROUND)
    hub.unsubscribe(ear, OTHER)
    tell(hub, 3)
    assert ear.said() == [("snapshot", 0)]
    assert hub.subscriptions() == 0


def test_who_leaves_in_the_middle_of_a_fan_out_is_sent_nothing() -> None:
    hub = a_hub()
    ears = [Ear(hub) for _ in range(3)]
    for ear in ears:
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    hub.leave(ears[1])
    tell(hub, 3)
    assert [len(ear.heard) for ear in ears] == [2, 1, 2]


def test_viewers_stand_together_in_full_cohorts_and_places_that_fall_free_are_taken() -> None:
    hub = a_hub()
    tell(hub, 7)
    [channel] = {hub.publish(ROUND, 8, b"{}")}
    assert channel is not None
    ears = [Ear(hub) for _ in range(2 * COHORT + 1)]
    for ear in ears:
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    assert [len(cohort.members) for cohort in channel.cohorts] == [COHORT, COHORT, 1]
    for ear in (ears[0], ears[-1]):
        hub.leave(ear)
    hub.subscribe(late := Ear(hub), ROUND)
    late.catch_up()
    assert [len(cohort.members) for cohort in channel.cohorts] == [COHORT, COHORT]
    assert channel.followers() == 2 * COHORT


def test_who_reads_compressed_frames_stands_with_others_who_do() -> None:
    hub = a_hub()
    for deflates in (True, False, True):
        ear = Ear(hub)
        ear.deflates = deflates
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    channel = hub.publish(ROUND, 8, b"{}")
    assert channel is not None
    assert [(c.deflates, len(c.members)) for c in channel.cohorts] == [(True, 2), (False, 1)]


def test_who_comes_in_the_middle_of_a_fan_out_stands_with_those_who_were_told() -> None:
    hub = a_hub()
    early = [Ear(hub) for _ in range(COHORT + 1)]
    for ear in early:
        hub.subscribe(ear, ROUND)
        ear.catch_up()
    channel = hub.publish(ROUND, 1, b"1")
    assert channel is not None
    send_cohort(hub, channel, 1)
    hub.subscribe(late := Ear(hub), ROUND)
    late.catch_up()
    send_cohort(hub, channel, 0)
    assert late.said() == [("snapshot", 1)]
    assert {tuple(ear.said()) for ear in early} == {(("snapshot", 0), ("update", 1))}


@pytest.mark.parametrize("name", ["", "board:spring", "votes", "board:satisfaction:", "x" * 4000])
def test_a_channel_that_can_never_be_is_refused(name: str) -> None:
    hub = a_hub()
    with pytest.raises(ChannelRefused) as refused:
        hub.subscribe(Ear(hub), name)
    assert refused.value.reason == "unknown_channel"


def test_one_subscription_too_many_is_refused_and_the_others_stay() -> None:
    hub = a_hub(subscriptions=2)
    ear = Ear(hub)
    for name in (ROUND, OTHER, ROUND):
        hub.subscribe(ear, name)
    with pytest.raises(ChannelRefused) as refused:
        hub.subscribe(ear, "session:a")
    assert refused.value.reason == "too_many_subscriptions"
    assert hub.subscriptions() == 2


def test_empty_channels_are_bounded_and_given_up_with_their_last_viewer() -> None:
    hub = a_hub(empty_channels=2)
    crowd, late = Ear(hub), Ear(hub)
    tell(hub, 5)
    hub.subscribe(crowd, "session:a")
    hub.subscribe(crowd, "session:b")
    with pytest.raises(ChannelRefused) as refused:
        hub.subscribe(late, "session:c")
    assert refused.value.reason == "too_many_channels"
    hub.subscribe(late, ROUND)
    hub.leave(crowd)
    hub.subscribe(late, "session:c")


def test_a_notice_reaches_everyone_and_newcomers_while_it_stands() -> None:
    hub = a_hub()
    early = Ear(hub)
    hub.notify(b'{"type":"status","seq":1}', stands=True)
    during = Ear(hub)
    during.catch_up()
    hub.notify(b'{"type":"status","seq":2}', stands=False)
    late = Ear(hub)
    for ear in (early, during, late):
        ear.catch_up()
    assert [ear.said() for ear in (early, during, late)] == [
        [("status", 2)],
        [("status", 1), ("status", 2)],
        [],
    ]


NAMES = (ROUND, OTHER)
HAPPENINGS = ("publish", "send", "subscribe", "unsubscribe", "stall", "resume")


@given(st.binary(min_size=20, max_size=120))
def test_in_any_order_of_things_the_last_seen_is_the_newest_and_nothing_comes_twice(
    dice: bytes,
) -> None:
    hub = a_hub()
    ears = [Ear(hub) for _ in range(4)]
    newest = {ROUND: 0, OTHER: 0}
    for throw, number in zip(dice[::2], dice[1::2], strict=False):
        name, ear = NAMES[throw // 6 % 2], ears[number % 4]
        match HAPPENINGS[throw % 6]:
            case "publish":
                seq = number % 30 + 1
                hub.publish(name, seq, b"%d" % seq)
                newest[name] = max(newest[name], seq)
            case "send":
                send_somewhere(hub, ears, name, number)
            case "subscribe":
                hub.subscribe(ear, name)
                ear.heard.append({"type": "asked", "channel": name, "seq": -1})
                ear.catch_up()
            case "unsubscribe":
                hub.unsubscribe(ear, name)
            case "stall":
                ear.stall()
            case _:
                ear.stalled = False
                ear.catch_up()
    for ear in [ear for ear in ears if ear.stalled]:
        ear.stalled = False
        ear.catch_up()
    for channel in {channel for ear in ears for channel in ear.seen}:
        for number in range(len(channel.cohorts)):
            send_cohort(hub, channel, number)
    for ear in ears:
        for name, seq in newest.items():
            assert_told_in_order(ear, name, seq)


def send_somewhere(hub: Hub[Ear], ears: list[Ear], name: str, number: int) -> None:
    channel = next((c for ear in ears for c in ear.seen if c.name == name), None)
    if channel is not None:
        send_cohort(hub, channel, number % (len(channel.cohorts) or 1))


def assert_told_in_order(ear: Ear, name: str, newest: int) -> None:
    seen = -1
    due = "snapshot"
    for message in (message for message in ear.heard if message["channel"] == name):
        seq = message["seq"]
        assert isinstance(seq, int)
        if message["type"] == "asked":
            seen, due = -1, "snapshot"
            continue
        assert message["type"] == due
        assert seq > seen
        assert message["data"] == (seq or None)
        seen, due = seq, "update"
    if any(channel.name == name for channel in ear.seen):
        assert seen == newest
