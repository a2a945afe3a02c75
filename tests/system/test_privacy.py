"""A citizen's name goes as far as the gateway's intake, and nowhere else.

A thousand marked openids, partner's voter ids and cookies go every way that there is into the
running gateway, the refused and the crashing ones too. Then every surface is searched for them, as
they are and as plain hashes: what the gateway answered to strangers, its output, metrics, health
and files, every topic of the log, and every table that the archive makes of it.
"""

import asyncio
import base64
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import md5, sha256
from pathlib import Path

import aiohttp
import pytest
from aiokafka.structs import ConsumerRecord
from wechatpy.crypto import WeChatCrypto

from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.ballots import decode_frame
from schemas.facts import BroadcastLoaded, LogOpened, RoundOpened
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.archive import archive_config, archiving
from tests.support.broker import embedded_broker, process_of
from tests.support.clickhouse import embedded_clickhouse
from tests.support.gateway import now_ms, say
from tests.support.gateway_command import GatewayCommand, gateway_command
from tests.support.log_reader import whole_log
from tests.support.marks import Marks
from tests.support.partner import signed
from tests.support.wechat import COUNTY, DEMO_APPID, DEMO_KEY, DEMO_TOKEN, ROUND
from tests.support.wechat_servers import WeChatServers

PLAIN_TOKEN = "privacy-test-token"
PARTNER_SECRET = "whsec_" + base64.b64encode(b"the privacy test's own secret").decode()
SETTINGS = f"""
[wechat.plain]
token = "{PLAIN_TOKEN}"
[wechat.secure]
token = "{DEMO_TOKEN}"
appid = "{DEMO_APPID}"
encoding_aes_key = "{DEMO_KEY}"
[webhook.app]
secret = "{PARTNER_SECRET}"
[limits]
per_voter_per_minute = 3
"""
BEGINNING = "oPRIVx7"
OPENIDS = Marks(BEGINNING, [f"{BEGINNING}-openid-{number:04}-Qz" for number in range(1_000)])
VOTERS = Marks(BEGINNING, [f"{BEGINNING}-voter-{number:04}-Qz" for number in range(1_000)])
COOKIES = 200


@dataclass
class Crowd:
    """Who comes, to which gateway, and what was answered to whom it did not know."""

    gateway: GatewayCommand
    http: aiohttp.ClientSession
    plain: WeChatServers
    secure: WeChatServers
    to_strangers: list[bytes] = field(default_factory=list)
    outcomes: set[int] = field(default_factory=set)
    cookies: list[str] = field(default_factory=list)

    async def post(self, path: str, body: bytes | str, **more: str) -> None:
        """Send what is refused."""
        data = body.encode() if isinstance(body, str) else body
        url = self.gateway.url + path
        async with self.http.post(url, data=data, headers=more) as answer:
            self.outcomes.add(answer.status)
            self.to_strangers.append(await answer.read())

    async def ballots(self, body: bytes | str, **more: str) -> None:
        """Send a partner's ballots, properly signed."""
        data = body.encode() if isinstance(body, str) else body
        number = f"msg_{time.monotonic_ns()}"
        headers = signed(PARTNER_SECRET, "app", data, number, time.time()) | more
        await self.post("/votes", data, **headers)

    async def broken(self, openid: str, body: str) -> None:
        """Send a message that is signed, and of no use."""
        _, query = self.plain.envelope("", openid)
        async with self.http.post(self.plain.url, params=query, data=body.encode()) as answer:
            self.outcomes.add(answer.status)
            self.to_strangers.append(await answer.read())


Record = ConsumerRecord[bytes, bytes]
Way = Callable[[Crowd, str], Awaitable[object]]


async def too_often(crowd: Crowd, openid: str) -> None:
    for choice in range(1, 6):
        await crowd.plain.text(crowd.http, openid, f"12 {choice}")


WECHAT_WAYS: dict[str, Way] = {
    "vote": lambda crowd, who: crowd.plain.text(crowd.http, who, "12 1"),
    "vote, encrypted": lambda crowd, who: crowd.secure.text(crowd.http, who, "住建局满意"),
    "menu": lambda crowd, who: crowd.secure.text(crowd.http, who, "12"),
    "help": lambda crowd, who: crowd.plain.text(crowd.http, who, f"who is {who}?"),
    "results": lambda crowd, who: crowd.plain.text(crowd.http, who, "results"),
    "subscribe": lambda crowd, who: crowd.secure.event(crowd.http, who, "subscribe"),
    "scan": lambda crowd, who: crowd.plain.event(crowd.http, who, "SCAN", f"unit:{who}"),
    "click": lambda crowd, who: crowd.plain.event(crowd.http, who, "CLICK", who),
    "voice": lambda crowd, who: crowd.secure.send(crowd.http, who, MsgType="voice", MsgId=who),
    "goodbye": lambda crowd, who: crowd.plain.event(crowd.http, who, "unsubscribe"),
    "too often": too_often,
    "too long ago": lambda crowd, who: crowd.plain.text(crowd.http, who, "12 1", CreateTime=1),
    "from the future": lambda crowd, who: crowd.plain.text(
        crowd.http, who, "12 1", CreateTime=int(time.time()) + 9_999
    ),
    "no time": lambda crowd, who: crowd.plain.text(crowd.http, who, "12 1", CreateTime=who),
    "no kind": lambda crowd, who: crowd.plain.send(crowd.http, who, MsgType=""),
    "half an XML": lambda crowd, who: crowd.broken(who, f"<xml><FromUserName>{who}"),
    "half a JSON": lambda crowd, who: crowd.broken(who, f'{{"FromUserName":"{who}'),
    "a field of a wrong kind": lambda crowd, who: crowd.broken(
        who, json.dumps({"FromUserName": [who], "MsgType": "text", "CreateTime": 1})
    ),
    "an entity": lambda crowd, who: crowd.broken(
        who, f'<!DOCTYPE x [<!ENTITY {who} "{who}">]><xml>&{who};</xml>'
    ),
    "too large": lambda crowd, who: crowd.broken(who, who * 5_000),
    "no signature": lambda crowd, who: crowd.post(f"/wechat/plain?openid={who}", who),
    "a wrong signature": lambda crowd, who: crowd.post(
        f"/wechat/secure?encrypt_type=aes&msg_signature={who}&timestamp=1&nonce=2",
        f"<xml><Encrypt>{who}</Encrypt></xml>",
    ),
    "no such account": lambda crowd, who: crowd.post(f"/wechat/{who}", who),
    "no such path": lambda crowd, who: crowd.post(f"/{who}?{who}={who}", who),
    "a fault in the intake": lambda crowd, who: crowd.plain.text(crowd.http, who, "21 1"),
    "a fault in the grammar": lambda crowd, who: crowd.secure.text(crowd.http, who, "crash"),
}


def ballot(who: str, **more: object) -> dict[str, object]:
    return {"round": ROUND, "unit": "housing", "choice": "satisfied", "voter": who} | more


def ballot_of(**more: object) -> Way:
    return lambda crowd, who: crowd.ballots(json.dumps(ballot(who, **more)))


PARTNER_WAYS: dict[str, Way] = {
    "vote": ballot_of(),
    "too often": lambda crowd, who: crowd.ballots(json.dumps([ballot(who)] * 4)),
    "no such unit": ballot_of(unit="nothing"),
    "no such round": ballot_of(round="nothing"),
    "its name for a unit": lambda crowd, who: crowd.ballots(json.dumps(ballot(who, unit=who))),
    "its name for a choice": lambda crowd, who: crowd.ballots(json.dumps(ballot(who, choice=who))),
    "its name for a field": lambda crowd, who: crowd.ballots(json.dumps(ballot(who, **{who: 1}))),
    "a voter of a wrong kind": lambda crowd, who: crowd.ballots(
        json.dumps(ballot(who, voter=[who]))
    ),
    "half a JSON": lambda crowd, who: crowd.ballots(f'{{"voter":"{who}'),
    "too large": lambda crowd, who: crowd.ballots(json.dumps(ballot(who * 5_000))),
    "a wrong signature": lambda crowd, who: crowd.ballots(
        json.dumps(ballot(who)), **{"webhook-signature": f"v1,{who}"}
    ),
    "another partner": lambda crowd, who: crowd.ballots(
        json.dumps(ballot(who)), **{"x-tribune-partner": who}
    ),
    "a fault in the intake": ballot_of(unit="river"),
}


async def visit(crowd: Crowd, who: str, **more: str) -> None:
    """Come to the page as a new browser, vote, and come again with a cookie that was made up."""
    url = f"{crowd.gateway.url}/vote"
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            crowd.cookies.append(page.cookies["tribune_voter"].value)
        form = {"round": ROUND, "unit": "housing", "choice": "average"} | more
        async with browser.post(url, data=form) as page:
            crowd.outcomes.add(page.status)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    made_up = f"tribune_voter={who}.{who}"
    await crowd.post("/vote", f"round={who}&unit={who}&choice={who}", cookie=made_up, **headers)


WEB_WAYS: tuple[Way, ...] = (
    visit,
    lambda crowd, who: visit(crowd, who, unit="river"),
    lambda crowd, who: visit(crowd, who, unit="nothing"),
)


@pytest.fixture
async def evening() -> AsyncIterator[KafkaAddress]:
    """A broker whose county votes."""
    with embedded_broker() as address:
        at = now_ms() - 60_000
        await ensure_topics(KafkaLog(address))
        await say(
            address,
            LogOpened(at=at, incarnation=1),
            BroadcastLoaded(at=at, broadcast=COUNTY),
            RoundOpened(at=at, round=ROUND, votes_from={}),
        )
        yield address


async def each(ways: dict[str, Way], crowd: Crowd, names: list[str], at_once: int = 8) -> None:
    """Send each name one way, all ways in turn."""
    waiting = list(enumerate(names))

    async def walk() -> None:
        while waiting:
            number, name = waiting.pop()
            await list(ways.values())[number % len(ways)](crowd, name)

    await asyncio.gather(*(walk() for _ in range(at_once)))


async def come(crowd: Crowd, address: KafkaAddress) -> None:
    """Let everyone in; the last of them while the log stands still."""
    await each(WECHAT_WAYS, crowd, OPENIDS.names[:970])
    await each(PARTNER_WAYS, crowd, VOTERS.names[:970])
    for number in range(COOKIES):
        await WEB_WAYS[number % len(WEB_WAYS)](crowd, OPENIDS.names[number])
    broker = process_of(address)
    broker.suspend()
    try:
        await each({"vote": WECHAT_WAYS["vote"]}, crowd, OPENIDS.names[970:], 30)
        await each({"vote": PARTNER_WAYS["vote"]}, crowd, VOTERS.names[970:], 30)
    finally:
        broker.resume()
    crowd.gateway.await_ready()


def of_the_gateway(crowd: Crowd) -> Iterator[tuple[str, bytes]]:
    """What the gateway shows or keeps, by name."""
    yield "answers to strangers", b"\n".join(crowd.to_strangers)
    for path in ("/metrics", "/healthz"):
        yield path, crowd.gateway.get(path)[1].encode()
    for path in sorted(crowd.gateway.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(crowd.gateway.folder)), path.read_bytes()


def of_the_log(records: list[Record]) -> Iterator[tuple[str, bytes]]:
    """Keys, values and headers of every topic."""
    for topic in Topic:
        parts = [part for each in records if each.topic == topic for part in parts_of(each)]
        yield f"topic {topic}", b"\n".join(parts)


def parts_of(record: Record) -> Iterator[bytes]:
    for part in (record.key, record.value, *(value for _, value in record.headers)):
        if part is not None:
            yield part


async def of_the_archive(folder: Path, log: KafkaAddress, ballots: int) -> list[tuple[str, bytes]]:
    """Every table and view, once the archive has every ballot."""
    with embedded_clickhouse(folder) as server:
        ask = partial(asyncio.to_thread, asked, server.address)
        async with archiving(archive_config(log, server.address)):
            while not await has_rows(ask, ballots):
                await asyncio.sleep(0.1)
        tables = (await ask("SELECT name FROM system.tables WHERE database = 'tribune'")).split()
        rows = [(name, await ask(f"SELECT * FROM tribune.{name.decode()}")) for name in tables]
    assert {b"log", b"votes", b"votes_current"} <= set(tables)
    return [(f"table {name.decode()}", shown) for name, shown in rows]


async def has_rows(ask: Callable[[str], Awaitable[bytes]], ballots: int) -> bool:
    counted = "SELECT count() FROM system.tables WHERE database = 'tribune' AND name = 'votes'"
    if int(await ask(counted)) == 0:
        return False
    return int(await ask("SELECT count() FROM tribune.votes FINAL")) == ballots


def asked(clickhouse: ClickHouseAddress, query: str) -> bytes:
    request = urllib.request.Request(clickhouse.url, data=query.encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


@pytest.mark.timeout(300)
async def test_no_name_of_a_citizen_is_anywhere_but_in_the_request(
    tmp_path: Path, evening: KafkaAddress
) -> None:
    module = "tests.support.faulty_gateway"
    with gateway_command(tmp_path, evening, SETTINGS, module=module) as gateway:
        async with aiohttp.ClientSession() as http:
            crypto = WeChatCrypto(DEMO_TOKEN, DEMO_KEY, DEMO_APPID)
            url = f"{gateway.url}/wechat/"
            crowd = Crowd(
                gateway,
                http,
                WeChatServers(f"{url}plain", PLAIN_TOKEN, None, "xml"),
                WeChatServers(f"{url}secure", DEMO_TOKEN, crypto, "json"),
            )
            await come(crowd, evening)
        shown = dict(of_the_gateway(crowd))
        came_to = gateway.get("/metrics")[1]
    shown["gateway.log"] = gateway.log.read_bytes()
    records = await whole_log(evening)
    shown |= dict(of_the_log(records))
    frames = [decode_frame(each.value) for each in records if each.topic == Topic.VOTES]
    ballots = [ballot for frame in frames for ballot in frame.ballots]
    shown |= dict(await of_the_archive(tmp_path / "clickhouse", evening, len(ballots)))

    assert b"RuntimeError" in shown["gateway.log"]
    assert {200, 400, 401, 404, 413, 429, 500, 503} <= crowd.outcomes
    for outcome in ("accepted", "bad_signature", "too_many_ballots", "internal_error", "bad_xml"):
        assert f'outcome="{outcome}"' in came_to
    found = {
        surface: sorted(marks.found_in(text))[:3]
        for marks in (OPENIDS, VOTERS)
        for surface, text in shown.items()
        if marks.found_in(text)
    }
    assert found == {}
    cookies = Marks("", [part for cookie in crowd.cookies for part in cookie.split(".")])
    assert not [name for name in shown if any(c.encode() in shown[name] for c in cookies.names)]
    voters = {ballot.voter for ballot in ballots}
    assert len(voters) > 200
    assert not voters & (OPENIDS.numbers | VOTERS.numbers | cookies.numbers)


def test_a_mark_is_found_as_it_is_and_as_a_plain_hash() -> None:
    name = OPENIDS.names[7]
    assert OPENIDS.found_in(f"x {name} y".encode()) == {name}
    assert OPENIDS.found_in(b"key=" + md5(name.encode()).hexdigest().upper().encode())
    assert OPENIDS.found_in(b"ab" + sha256(name.encode()).hexdigest()[:20].encode())
    assert not OPENIDS.found_in(b"nothing " + sha256(b"another").hexdigest().encode())
    assert int(sha256(name.encode()).hexdigest()[:15], 16) in OPENIDS.numbers
