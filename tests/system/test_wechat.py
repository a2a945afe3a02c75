"""The WeChat callback of the running gateway, with wechatpy in the place of WeChat's servers."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from wechatpy.crypto import WeChatCrypto

from schemas.addresses import KafkaAddress
from schemas.ballots import Ballot, Choice
from schemas.boards import Board, Row
from schemas.facts import BroadcastLoaded, LogOpened, RoundClosed, RoundOpened
from schemas.formulas import FormulaRef
from schemas.topics import Topic
from schemas.wire import encode
from streams.gateway.wechat.signature import sign
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker, process_of, shared_log
from tests.support.gateway import ballots_in, now_ms, say
from tests.support.gateway_command import GatewayCommand, gateway_command
from tests.support.wechat import (
    COUNTY,
    DEMO_APPID,
    DEMO_KEY,
    DEMO_TOKEN,
    DOC_ENCRYPT,
    DOC_KEY,
    DOC_TOKEN,
    ROUND,
)
from tests.support.wechat_servers import WeChatServers

SETTINGS = f"""
[wechat.plain]
token = "{DOC_TOKEN}"
[wechat.secure]
token = "{DEMO_TOKEN}"
appid = "{DEMO_APPID}"
encoding_aes_key = "{DEMO_KEY}"
[wechat.rotated]
token = "{DEMO_TOKEN}"
appid = "{DEMO_APPID}"
encoding_aes_key = "{DOC_KEY}"
previous_encoding_aes_key = "{DEMO_KEY}"
[limits]
per_voter_per_minute = 12
"""
TAP = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&]+)&msgmenuid=\d+">')
OLD = WeChatCrypto(DEMO_TOKEN, DEMO_KEY, DEMO_APPID)
NEW = WeChatCrypto(DEMO_TOKEN, DOC_KEY, DEMO_APPID)


async def open_county(address: KafkaAddress) -> None:
    at = now_ms() - 60_000
    await ensure_topics(KafkaLog(address))
    await say(
        address,
        LogOpened(at=at, incarnation=1),
        BroadcastLoaded(at=at, broadcast=COUNTY),
        RoundOpened(at=at, round=ROUND, votes_from={}),
    )


@pytest.fixture(scope="module")
def evening() -> Iterator[KafkaAddress]:
    """A broker whose county votes since a minute."""
    address = shared_log()
    asyncio.run(open_county(address))
    yield address


@pytest.fixture(scope="module")
def gateway(
    evening: KafkaAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayCommand]:
    with gateway_command(tmp_path_factory.mktemp("gateway"), evening, SETTINGS) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def servers(gateway: GatewayCommand, account: str, form: str = "xml") -> WeChatServers:
    token = DOC_TOKEN if account == "plain" else DEMO_TOKEN
    crypto = {"plain": None, "secure": OLD, "rotated": NEW}[account]
    return WeChatServers(f"{gateway.url}/wechat/{account}", token, crypto, form)


async def cast_by(address: KafkaAddress, source: str) -> Counter[Ballot]:
    return Counter(ballot for ballot in await ballots_in(address) if ballot.source == source)


MODES = [("plain", "xml"), ("plain", "json"), ("secure", "xml"), ("secure", "json")]


async def test_the_published_verification_is_answered(
    gateway: GatewayCommand, http: aiohttp.ClientSession
) -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    async with http.get(f"{gateway.url}/wechat/plain", params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "4375120948345356249")
        assert answer.content_type == "text/plain"
    async with http.get(f"{gateway.url}/wechat/secure", params=query) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(("account", "form"), MODES)
async def test_a_vote_in_every_mode_is_in_the_log_before_the_citizen_reads_counted(
    gateway: GatewayCommand,
    evening: KafkaAddress,
    http: aiohttp.ClientSession,
    account: str,
    form: str,
) -> None:
    openid, created_s = f"oVoter-{account}-{form}", int(time.time()) - 1
    before = await cast_by(evening, f"wechat:{account}")
    answer = await servers(gateway, account, form).text(
        http, openid, "１２ 非常满意", CreateTime=created_s
    )
    assert answer.status == 200
    assert answer.text is not None
    assert answer.text.startswith("已记票：12 住房和城乡建设局，非常满意。")
    [ballot] = (await cast_by(evening, f"wechat:{account}") - before).elements()
    assert ballot[:2] == (ROUND, "housing")
    assert (ballot.choice, ballot.created_at) == (Choice.VERY_SATISFIED, created_s * 1000)


async def test_scanning_a_code_and_tapping_a_choice_votes(
    gateway: GatewayCommand, evening: KafkaAddress, http: aiohttp.ClientSession
) -> None:
    wechat = servers(gateway, "secure")
    before = await cast_by(evening, "wechat:secure")
    for event, key in (
        ("subscribe", "qrscene_unit:river"),
        ("SCAN", "21"),
        ("CLICK", "unit:river"),
    ):
        menu = await wechat.event(http, "oScanner", event, key)
        assert menu.text is not None and menu.text.startswith("21 河口镇")
        assert len(TAP.findall(menu.text)) == 5
    counted = await wechat.text(http, "oScanner", TAP.findall(menu.text)[3])
    assert counted.text is not None and "已记票：21 河口镇，不满意。" in counted.text
    [ballot] = (await cast_by(evening, "wechat:secure") - before).elements()
    assert (ballot.unit, ballot.choice) == ("river", Choice.NOT_SATISFIED)


async def test_an_english_citizen_is_answered_in_english_tap_by_tap(
    gateway: GatewayCommand, http: aiohttp.ClientSession
) -> None:
    wechat, said = servers(gateway, "plain"), "hello"
    seen: list[str] = []
    for link in (1, 0):
        answer = await wechat.text(http, "oEnglish", said)
        assert answer.text is not None
        seen.append(answer.text)
        said = TAP.findall(answer.text)[link]
    counted = await wechat.text(http, "oEnglish", said)
    assert "To vote, reply with number and choice" in seen[0]
    assert seen[1].startswith("12 Housing Bureau\nHow satisfied are you?")
    assert counted.text is not None
    assert counted.text.startswith("Counted: 12 Housing Bureau, Very satisfied.")


async def test_three_overlapping_tries_are_one_ballot_and_one_answer(
    gateway: GatewayCommand, evening: KafkaAddress, http: aiohttp.ClientSession
) -> None:
    wechat = servers(gateway, "secure", "json")
    before = await cast_by(evening, "wechat:secure")
    once = {"MsgId": 23_456_789_012_345_678, "CreateTime": int(time.time())}
    tries = [wechat.text(http, "oRetried", "2 3", **once) for _ in range(3)]
    answers = await asyncio.gather(*tries)
    answers.append(await wechat.text(http, "oRetried", "2 3", **once))
    assert len({answer.text for answer in answers}) == 1
    assert (await cast_by(evening, "wechat:secure") - before).total() == 1


async def test_around_a_rotation_both_keys_are_read_and_each_is_answered_under_its_own(
    gateway: GatewayCommand, http: aiohttp.ClientSession
) -> None:
    url = f"{gateway.url}/wechat/rotated"
    for crypto in (OLD, NEW):
        answer = await WeChatServers(url, DEMO_TOKEN, crypto).text(http, "oRotated", "2 2")
        assert answer.text is not None and "交通运输局，满意" in answer.text
    other = WeChatCrypto(DEMO_TOKEN, DEMO_KEY, "wx_another_app")
    assert (await WeChatServers(url, DEMO_TOKEN, other).text(http, "o", "2 2")).status == 400


async def test_voices_get_a_short_help_and_goodbyes_nothing(
    gateway: GatewayCommand, http: aiohttp.ClientSession
) -> None:
    for account, form in MODES:
        wechat = servers(gateway, account, form)
        voice = await wechat.send(http, "oVoice", MsgType="voice", MediaId="m", MsgId=1)
        assert voice.text is not None and voice.text.startswith("这里只认文字。")
        gone = await wechat.event(http, "oGone", "unsubscribe")
        assert (gone.status, gone.body) == (200, b"success")


async def test_results_are_the_newest_board_of_the_log(
    gateway: GatewayCommand, evening: KafkaAddress, http: aiohttp.ClientSession
) -> None:
    wechat = servers(gateway, "secure", "json")
    assert (await wechat.text(http, "oCurious", "结果")).text == "还没有结果。"
    row = Row("river", 1, 1, 1, 8_750, (8_000, 9_000), None, 40, 40, "ranked")
    board = Board(
        board=f"satisfaction:{ROUND}",
        seq=7,
        as_of=now_ms(),
        status="live",
        formula=FormulaRef("satisfaction", 1),
        positions={},
        rows=[row],
        round=ROUND,
        broadcast=COUNTY.id,
        title=COUNTY.rounds[0].title,
        minimum_ballots=30,
    )
    producer = LogProducer(KafkaLog(evening), answer_within_s=10)
    await producer.start()
    await producer.send(Topic.BOARDS, encode(board), key=board.board.encode())
    await producer.stop()
    while "1. 河口镇 87.50 分" not in (shown := await said(wechat, http, "结果")):
        await asyncio.sleep(0.05)
    assert "实时排名，投票还在进行" in shown
    assert "Live ranking" in await said(wechat, http, "results")


async def said(wechat: WeChatServers, http: aiohttp.ClientSession, text: str) -> str:
    return str((await wechat.text(http, "oCurious", text)).text)


async def test_who_votes_too_fast_is_told_so(
    gateway: GatewayCommand, http: aiohttp.ClientSession
) -> None:
    wechat = servers(gateway, "plain")
    answers = [await wechat.text(http, "oEager", f"2 {n % 5 + 1}") for n in range(13)]
    assert [answer.status for answer in answers] == [200] * 13
    assert answers[11].text is not None and "已记票" in answers[11].text
    assert answers[12].text == "您投得太快了，请一分钟后再试。"


BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
    "<xml><Content>&c;</Content></xml>"
)
BAD = [
    ("plain", BOMB.encode(), 400, "forbidden_xml"),
    ("plain", b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>', 400, "forbidden_xml"),
    ("plain", b"<xml><a>", 400, "bad_xml"),
    ("plain", b'{"a":' + b"[" * 5_000, 400, "bad_json"),
    ("plain", b"\xff\xfe", 400, "not_utf8"),
    ("plain", b"", 400, "bad_xml"),
    ("plain", b"{}", 400, "missing_field"),
    ("plain", b'{"FromUserName":"o","MsgType":"text","CreateTime":[]}', 400, "bad_time"),
    ("plain", b"x" * 65_537, 413, "body_too_large"),
    ("nobody", b"<xml/>", 404, "unknown_account"),
]


@pytest.mark.parametrize(("account", "body", "status", "reason"), BAD)
async def test_what_wechat_would_never_send_is_refused_and_counted_by_reason(
    gateway: GatewayCommand,
    http: aiohttp.ClientSession,
    account: str,
    body: bytes,
    status: int,
    reason: str,
) -> None:
    before = gateway.count("wechat", reason)
    timestamp = str(int(time.time()))
    query = {
        "timestamp": timestamp,
        "nonce": "1",
        "signature": sign(DOC_TOKEN, timestamp, "1"),
    }
    async with http.post(f"{gateway.url}/wechat/{account}", params=query, data=body) as answer:
        found = await answer.json()
    assert (answer.status, found["error"]["reason"]) == (status, reason)
    assert gateway.count("wechat", reason) == before + 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({}, "bad_signature"),
        ({"signature": "0" * 40, "timestamp": "1714037059", "nonce": "1"}, "bad_signature"),
        (
            {
                "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
                "timestamp": "1714037059",
                "nonce": "486452656",
            },
            "stale",
        ),
        (
            {
                "encrypt_type": "aes",
                "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
                "timestamp": "1714112445",
                "nonce": "415670741",
            },
            "stale",
        ),
    ],
)
async def test_who_is_not_wechat_or_repeats_what_it_said_long_ago_is_refused(
    gateway: GatewayCommand, http: aiohttp.ClientSession, query: dict[str, str], reason: str
) -> None:
    body = f'{{"FromUserName":"o","MsgType":"text","Encrypt":"{DOC_ENCRYPT}"}}'
    async with http.post(f"{gateway.url}/wechat/plain", params=query, data=body) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["reason"] == reason


async def test_a_vote_made_in_time_is_taken_after_the_close_and_a_late_one_is_told(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    address = shared_log()
    await open_county(address)
    with gateway_command(tmp_path, address, SETTINGS) as gateway:
        wechat, made_s = servers(gateway, "plain"), int(time.time())
        closed_at = (made_s + 1) * 1000
        while now_ms() < closed_at:
            await asyncio.sleep(0.05)
        await say(address, RoundClosed(at=closed_at, round=ROUND))
        while "已经结束" not in await told(wechat, http, "单位", made_s + 1):
            await asyncio.sleep(0.05)
        assert "已经结束" in await told(wechat, http, "12 1", made_s + 1)
        assert "已记票" in await told(wechat, http, "12 1", made_s)
        assert len(await ballots_in(address)) == 1


async def told(
    wechat: WeChatServers, http: aiohttp.ClientSession, text: str, created_s: int
) -> str:
    return str((await wechat.text(http, "oLate", text, CreateTime=created_s)).text)


async def test_when_the_log_is_slow_the_citizen_is_asked_to_try_again_within_two_seconds(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    with embedded_broker() as address:
        await open_county(address)
        broker = process_of(address)
        with gateway_command(tmp_path, address, SETTINGS) as gateway:
            wechat = servers(gateway, "secure")
            await counted(wechat, http)
            broker.suspend()
            try:
                slow = [await timed(wechat, http, n) for n in range(4)]
            finally:
                broker.resume()
            assert max(seconds for seconds, _ in slow) < 2.0
            assert {text for _, text in slow} == {
                "The system is busy and cannot confirm this vote yet. "
                "Please try again in a moment; sending it twice counts once."
            }
            await counted(wechat, http)
            latest = {ballot.voter: ballot for ballot in await ballots_in(address)}
            assert len(latest) <= 5


async def counted(wechat: WeChatServers, http: aiohttp.ClientSession) -> None:
    """Try as the answer says, until the vote is counted."""
    while not (await timed(wechat, http, 0))[1].startswith("Counted"):
        await asyncio.sleep(0.2)


async def timed(wechat: WeChatServers, http: aiohttp.ClientSession, n: int) -> tuple[float, str]:
    began = time.monotonic()
    answer = await wechat.text(http, f"oSlow{n}", "12 satisfied")
    return time.monotonic() - began, str(answer.text)
