import asyncio
from dataclasses import dataclass, field

import orjson
import pytest

from schemas.ballots import Choice
from schemas.facts import BroadcastLoaded
from streams.gateway.votes import Sender, Vote, VoteRefused
from streams.gateway.wechat.door import WeChatDoor
from streams.gateway.wechat.parse import read_fields
from tests.support.wechat import COUNTY, OPENED_AT, PLAIN, ROUND, FakeIntake, body, folded, signed

AT = OPENED_AT + 60_000


def door(intake: FakeIntake, **options: float) -> WeChatDoor:
    return WeChatDoor({"county": PLAIN}, intake, **options)


async def post(wechat: WeChatDoor, sent: bytes, *, account: str = "county"):
    query = signed("plain-token", AT)
    return await wechat.handle(account, "POST", query, sent, "text/xml")


def content(reply) -> str:
    return read_fields(reply.body)[1]["Content"]


async def test_a_vote_reaches_the_intake_with_its_own_time_and_the_citizen_is_told():
    intake = FakeIntake()
    reply = await post(door(intake), body("１２非常满意", at=AT, MsgId=77))
    [(sender, vote)] = intake.votes
    assert sender == Sender("wechat", "county", "77")
    assert vote == Vote(ROUND, "housing", Choice.VERY_SATISFIED, "oCitizen", AT)
    assert (reply.status, reply.outcome) == (200, "accepted")
    assert reply.content_type == "application/json; charset=utf-8"
    assert "已记票：12 住房和城乡建设局，非常满意。" in content(reply)
    assert "receipt-1" in content(reply)


async def test_a_message_in_xml_is_answered_in_xml():
    sent = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>{AT // 1000}"
        "</CreateTime><MsgType>text</MsgType><Content>12 1</Content><MsgId>9</MsgId></xml>"
    )
    reply = await post(door(FakeIntake()), sent.encode())
    assert reply.content_type == "application/xml; charset=utf-8"
    assert reply.body.startswith(b"<xml><ToUserName><![CDATA[o]]></ToUserName>")


async def test_a_retry_gets_the_same_bytes_and_votes_once():
    intake = FakeIntake()
    wechat, sent = door(intake), body(at=AT)
    first = await post(wechat, sent)
    intake.at += 5_000
    assert await post(wechat, sent) == first
    assert len(intake.votes) == 1


async def test_the_same_message_number_of_another_citizen_is_another_message():
    intake = FakeIntake()
    wechat = door(intake)
    await post(wechat, body(at=AT, MsgId=5))
    await post(wechat, body(at=AT, MsgId=5, openid="oOther"))
    assert len(intake.votes) == 2


async def test_events_are_told_apart_by_sender_time_event_and_key():
    wechat = door(FakeIntake())
    event = {"MsgType": "event", "Event": "SCAN", "MsgId": ""}
    housing = await post(wechat, body(at=AT, EventKey="12", **event))
    river = await post(wechat, body(at=AT, EventKey="21", **event))
    assert "住房" in content(housing)
    assert "河口" in content(river)


async def test_a_message_without_a_number_is_told_apart_by_its_text():
    intake = FakeIntake()
    wechat = door(intake)
    for text in ("12 1", "12 2", "12 2"):
        await post(wechat, body(text, at=AT, MsgId=""))
    assert [vote.choice for _, vote in intake.votes] == [Choice.VERY_SATISFIED, Choice.SATISFIED]


@dataclass
class SlowIntake(FakeIntake):
    """An intake whose log is slow."""

    acked: asyncio.Event = field(default_factory=asyncio.Event)

    async def cast(self, sender, votes):
        taken = await super().cast(sender, votes)
        await self.acked.wait()
        return taken


@pytest.mark.parametrize(
    ("text", "told"), [("12 1", "再发一次"), ("12 satisfied", "Please try again")]
)
async def test_past_its_time_the_answer_is_try_again_in_the_citizens_language(text, told):
    intake = SlowIntake()
    wechat, sent = door(intake, answer_within_s=0.01), body(text, at=AT)
    slow = await post(wechat, sent)
    assert (slow.status, slow.outcome) == (200, "slow")
    assert told in content(slow)
    intake.acked.set()
    assert (await post(wechat, sent)).outcome == "accepted"
    assert len(intake.votes) == 1


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (VoteRefused(503, "log_unavailable", "", retry_after_s=1), "再发一次"),
        (VoteRefused(503, "queue_full", "", retry_after_s=1), "再发一次"),
        (VoteRefused(429, "too_many_ballots", "", retry_after_s=60), "一分钟后"),
        (VoteRefused(403, "round_not_open", ""), "已经结束"),
    ],
)
async def test_what_the_intake_refuses_is_said_politely(refused, told):
    reply = await post(door(FakeIntake(refusal=refused)), body(at=AT))
    assert (reply.status, reply.outcome) == (200, refused.reason)
    assert told in content(reply)


async def test_a_gateway_that_has_not_caught_up_does_not_say_that_voting_is_over():
    starting = VoteRefused(503, "not_caught_up", "", retry_after_s=1)
    reply = await post(door(FakeIntake(broadcasts=folded(), refusal=starting)), body(at=AT))
    assert (reply.status, reply.outcome) == (200, "not_caught_up")
    assert "再发一次" in content(reply)


async def test_a_vote_that_failed_is_tried_again_by_wechats_retry():
    intake = FakeIntake(refusal=VoteRefused(503, "log_unavailable", "", retry_after_s=1))
    wechat, sent = door(intake), body(at=AT)
    await post(wechat, sent)
    intake.refusal = None
    assert (await post(wechat, sent)).outcome == "accepted"


async def test_unsubscribe_is_met_with_success():
    reply = await post(door(FakeIntake()), body(at=AT, MsgType="event", Event="unsubscribe"))
    assert (reply.status, reply.body, reply.outcome) == (200, b"success", "silent")


async def test_a_unit_that_is_renamed_is_known_by_its_new_name():
    intake = FakeIntake()
    wechat = door(intake)
    assert (await post(wechat, body("城管局 1", at=AT))).outcome == "help"
    renamed = type(COUNTY.units[0])("housing", 12, "department", COUNTY.units[0].name, ["城管局"])
    changed = type(COUNTY)(id=COUNTY.id, title=COUNTY.title, units=[renamed], rounds=COUNTY.rounds)
    fresh = folded(BroadcastLoaded(at=1, broadcast=changed))
    fresh.rounds[ROUND].spells.append((OPENED_AT, None))
    fresh.rounds[ROUND].status = "open"
    intake.broadcasts = fresh
    assert (await post(wechat, body("城管局 1", at=AT))).outcome == "accepted"


@pytest.mark.parametrize(
    ("account", "method", "status", "reason"),
    [
        ("nobody", "POST", 404, "unknown_account"),
        ("nobody", "GET", 404, "unknown_account"),
        ("county", "PUT", 405, "method_not_allowed"),
    ],
)
async def test_what_is_no_callback_of_ours_is_refused(account, method, status, reason):
    query = signed("plain-token", AT)
    reply = await door(FakeIntake()).handle(account, method, query, body(at=AT), "")
    assert (reply.status, reply.outcome) == (status, reason)
    assert orjson.loads(reply.body)["error"]["reason"] == reason


async def test_a_forged_message_does_nothing():
    intake = FakeIntake()
    query = signed("other-token", AT)
    reply = await door(intake).handle("county", "POST", query, body(at=AT), "")
    assert (reply.status, reply.outcome) == (401, "bad_signature")
    assert not intake.votes
    assert b"oCitizen" not in reply.body
