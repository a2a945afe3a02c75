import pytest

from schemas.ballots import Choice
from schemas.broadcasts import Broadcast, Round, Text
from schemas.facts import BroadcastLoaded, RoundClosed, RoundOpened
from streams.gateway.wechat.conversation import Cast, Known, Say, decide, round_for
from streams.gateway.wechat.grammar import Names
from tests.support.wechat import COUNTY, OPENED_AT, folded, message, open_county, the_round

NOW = OPENED_AT + 61_000


def known(broadcasts=None, now=NOW) -> Known:
    return Known(
        broadcasts or open_county(),
        lambda _: None,
        lambda voting_round: Names.of(voting_round.units.values()),
        now,
    )


def decided(*args, broadcasts=None, now=NOW, **kinds):
    return decide(message(*args, **kinds), known(broadcasts, now))


def test_a_vote_is_cast_in_the_open_round_in_the_citizens_language():
    vote = decided("housing bureau satisfied")
    assert isinstance(vote, Cast)
    assert (vote.unit.id, vote.choice, vote.lang) == ("housing", Choice.SATISFIED, "en")


def test_a_unit_alone_gets_its_five_taps():
    assert decided("住建局").outcome == "menu"


def test_what_is_not_understood_gets_help_with_the_list():
    for text, listed in (("121", "住房"), ("你好", "住房"), ("help", "Housing Bureau")):
        answer = decided(text)
        assert answer.outcome == "help"
        assert listed in answer.text


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("subscribe", "qrscene_12"),
        ("subscribe", "qrscene_unit:housing"),
        ("scan", "12"),
        ("scan", "unit:housing"),
        ("click", "unit:housing"),
        ("click", "12"),
        ("click", "住建局"),
    ],
)
def test_a_scan_a_menu_and_a_new_follower_get_the_units_taps(event, key):
    answer = decided(kind="event", event=event, key=key)
    assert answer.outcome == "menu"
    assert "msgmenucontent=12 1&" in answer.text


def test_a_new_follower_is_welcomed_with_the_list():
    answer = decided(kind="event", event="subscribe")
    assert answer.text.startswith("欢迎！\n")
    assert "交通运输局" in answer.text


def test_a_scan_of_a_unit_that_the_round_has_not_says_so():
    for key in ("unit:gone", "99", "12 1"):
        answer = decided(kind="event", event="scan", key=key)
        assert answer.text.startswith("这一轮没有这个单位。")


def test_a_menu_key_may_ask_for_results_or_the_list():
    assert decided(kind="event", event="click", key="results").outcome == "results"
    assert decided(kind="event", event="click", key="units").outcome == "list"


@pytest.mark.parametrize("event", ["unsubscribe", "view", "location", "debug_demo", ""])
def test_other_events_are_met_with_silence(event):
    assert decided(kind="event", event=event) is None


@pytest.mark.parametrize("kind", ["voice", "image", "video", "location", "link", "whatever"])
def test_what_is_no_text_gets_a_short_help(kind):
    answer = decided(kind=kind)
    assert answer.outcome == "not_text"
    assert len(answer.text) < 300


def test_before_the_round_opens_nothing_is_taken():
    loaded = folded(BroadcastLoaded(at=1, broadcast=COUNTY))
    assert decided("12 1", broadcasts=loaded) == Say(
        "投票还没有开始，请稍后再来。", "round_not_open"
    )
    answer = decided(kind="event", event="subscribe", broadcasts=loaded)
    assert answer.text == "欢迎！投票还没有开始，请稍后再来。"


CREATED_AT = OPENED_AT + 60_000


@pytest.mark.parametrize(
    ("closed_at", "now", "taken"),
    [
        (CREATED_AT + 1, CREATED_AT + 15_001, True),
        (CREATED_AT + 1, CREATED_AT + 15_002, False),
        (CREATED_AT, CREATED_AT + 1_000, False),
        (CREATED_AT - 1, CREATED_AT, False),
    ],
)
def test_a_vote_made_in_time_is_taken_up_to_15_seconds_after_the_close(closed_at, now, taken):
    answer = decided("12 1", broadcasts=open_county(closed_at=closed_at), now=now)
    assert isinstance(answer, Cast) == taken
    assert taken or "已经结束" in answer.text


def test_the_close_by_the_clock_ends_a_round_like_the_close_by_hand():
    closing = folded(
        BroadcastLoaded(at=1, broadcast=COUNTY),
        RoundOpened(
            at=OPENED_AT, round=COUNTY.rounds[0].id, votes_from={}, closes_at=CREATED_AT + 1
        ),
    )
    assert round_for(closing, CREATED_AT, CREATED_AT + 15_001) is not None
    assert round_for(closing, CREATED_AT, CREATED_AT + 15_002) is None
    assert round_for(closing, CREATED_AT + 1_000, CREATED_AT + 1_100) is None


def test_a_round_that_opened_within_the_second_of_the_message_is_open():
    broadcasts = folded(
        BroadcastLoaded(at=1, broadcast=COUNTY),
        RoundOpened(at=OPENED_AT + 700, round=COUNTY.rounds[0].id, votes_from={}),
    )
    assert round_for(broadcasts, OPENED_AT, OPENED_AT + 900) is the_round(broadcasts)
    assert round_for(broadcasts, OPENED_AT - 1_000, OPENED_AT + 900) is None


TWO = Broadcast(
    id="two",
    title=Text("两轮"),
    units=COUNTY.units,
    rounds=[
        Round("first", Text("第一轮")),
        Round("second", Text("第二轮"), units=["river"]),
        Round("third", Text("第三轮"), accepts=["web"]),
    ],
)


def test_of_several_open_rounds_it_is_the_one_opened_last_that_wechat_may_vote_in():
    broadcasts = folded(
        BroadcastLoaded(at=1, broadcast=TWO),
        RoundOpened(at=OPENED_AT, round="first", votes_from={}),
        RoundOpened(at=OPENED_AT + 30_000, round="second", votes_from={}),
        RoundOpened(at=OPENED_AT + 31_000, round="third", votes_from={}),
    )
    found = round_for(broadcasts, CREATED_AT, NOW)
    assert found is not None and found.id == "second"
    found = round_for(broadcasts, OPENED_AT + 10_000, NOW)
    assert found is not None and found.id == "first"


def test_the_round_is_that_of_when_the_message_was_made_not_of_when_it_arrives():
    broadcasts = folded(
        BroadcastLoaded(at=1, broadcast=TWO),
        RoundOpened(at=OPENED_AT, round="first", votes_from={}),
        RoundClosed(at=CREATED_AT + 500, round="first"),
        RoundOpened(at=CREATED_AT + 1_000, round="second", votes_from={}),
    )
    found = round_for(broadcasts, CREATED_AT, CREATED_AT + 5_000)
    assert found is not None and found.id == "first"


def test_a_round_for_other_doors_alone_says_so():
    broadcasts = folded(
        BroadcastLoaded(at=1, broadcast=TWO),
        RoundOpened(at=OPENED_AT, round="third", votes_from={}),
    )
    assert decided("21 1", broadcasts=broadcasts).text == "这一轮不通过微信投票。"


def test_without_a_board_there_is_no_result_yet():
    assert decided("结果").text == "还没有结果。"
    assert decided("results").text == "There is no result yet."
