"""The gateway role as a process of a test, its log, and what a test says and reads there."""

import argparse
import asyncio
import base64
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.addresses import KafkaAddress
from schemas.ballots import Ballot, decode_frame
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, LogOpened, RoundClosed, RoundOpened
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import encode
from streams.gateway.config import GatewayConfig, GatewayLimits
from streams.gateway.pages import VoteView
from streams.gateway.serve import serve
from streams.gateway.wechat.account import WeChatAccount
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from tests.support.ports import free_port
from tribune.lean import collect_seldom

PARTNER = "acme"
PARTNER_SECRET = "whsec_" + base64.b64encode(b"a secret of the gateway's tests").decode()
WECHAT_TOKEN = "gateway-test-token"
SECRET = b"the secret of the gateway's tests"
UNITS = [
    Unit("housing", 1, "department", Text("住房和城乡建设局", "Housing Bureau")),
    Unit("water", 2, "department", Text("水利局", "Water Bureau")),
]


class PlainPages:
    """Says what it was asked to show."""

    def vote(self, view: VoteView) -> bytes:
        shown = {
            "lang": view.lang,
            "rounds": [each.id for each in view.rounds],
            "round": view.round and view.round.id,
            "unit": view.unit and view.unit.id,
            "choice": view.choice and view.choice.word,
            "receipt": view.receipt,
            "error": view.error,
        }
        return json.dumps(shown).encode()


def example(*rounds: Round) -> Broadcast:
    """A broadcast of two units; one round for all doors unless others are given."""
    given = list(rounds) or [Round("satisfaction", Text("满意度", "Satisfaction"))]
    return Broadcast("county", Text("县", "County"), units=UNITS, rounds=given)


def opening(round_id: str = "satisfaction", closes_at: int | None = None) -> RoundOpened:
    return RoundOpened(at=now_ms(), round=round_id, votes_from={}, closes_at=closes_at)


def closing(round_id: str = "satisfaction") -> RoundClosed:
    return RoundClosed(at=now_ms(), round=round_id)


async def say(address: KafkaAddress, *facts: BroadcastsFact) -> None:
    """Write facts to `broadcasts`."""
    producer = LogProducer(KafkaLog(address), answer_within_s=10)
    await producer.start()
    try:
        for fact in facts:
            await producer.send(Topic.BROADCASTS, encode(fact), key=b"county")
    finally:
        await producer.stop()


async def open_evening(address: KafkaAddress, *rounds: Round) -> None:
    """Load the example and open its rounds."""
    loaded = example(*rounds)
    openings = [opening(each.id) for each in loaded.rounds]
    first = LogOpened(at=now_ms(), incarnation=1)
    await say(address, first, BroadcastLoaded(at=now_ms(), broadcast=loaded), *openings)


async def ballots_in(address: KafkaAddress) -> list[Ballot]:
    """Every ballot in the log, read by a plain consumer."""
    votes = address.topic(Topic.VOTES)
    partitions = [TopicPartition(votes, number) for number in range(VOTE_PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=address.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Ballot] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    found += decode_frame(record.value).ballots
        return found
    finally:
        await consumer.stop()


@dataclass(frozen=True)
class Gateway:
    """A running gateway."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> tuple[int, dict[str, object]]:
        """Status and body of /healthz; status 0 when nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def metric(self, name: str, **labels: str) -> float:
        """A figure of /metrics; 0 when it is not there."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        for line in lines:
            head, _, value = line.rpartition(" ")
            plain = head.partition("{")[0]
            if plain == name and all(f'{key}="{text}"' in head for key, text in labels.items()):
                return float(value)
        return 0.0

    def await_health(self, status: int, within_s: float = 20) -> dict[str, object]:
        """Wait until /healthz has a status; what it says then."""
        deadline = time.monotonic() + within_s
        while True:
            found, body = self.health()
            if found == status:
                return body
            assert self.process.poll() is None, f"the gateway ended: {self.process.returncode}"
            assert time.monotonic() < deadline, f"/healthz is {found} {body}, not {status}"
            time.sleep(0.02)


@contextmanager
def running_gateway(
    address: KafkaAddress, *, limits: GatewayLimits | None = None, is_ready: bool = True
) -> Iterator[Gateway]:
    """Run a gateway until the block ends, by default ready from its beginning."""
    port = free_port()
    settings = {
        "port": port,
        "bootstrap": address.bootstrap,
        "prefix": address.prefix,
        "limits": asdict(limits or GatewayLimits()),
    }
    command = [sys.executable, "-m", "tests.support.gateway", json.dumps(settings)]
    process = subprocess.Popen(command)
    gateway = Gateway(process, port)
    try:
        if is_ready:
            gateway.await_health(200)
        yield gateway
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()


def config(settings: dict[str, object]) -> GatewayConfig:
    """The configuration that `running_gateway` asks for."""
    return GatewayConfig(
        host="127.0.0.1",
        port=int(str(settings["port"])),
        kafka=KafkaAddress(str(settings["bootstrap"]), prefix=str(settings["prefix"])),
        secret=SECRET,
        limits=replace(GatewayLimits(), **settings["limits"]),  # pyright: ignore
        pages=PlainPages(),
        wechat={"county": WeChatAccount(token=WECHAT_TOKEN)},
        partners={PARTNER: PARTNER_SECRET},
    )


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def run(settings: dict[str, object]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(config(settings), stop)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings")
    collect_seldom()
    asyncio.run(run(orjson.loads(parser.parse_args().settings)))


if __name__ == "__main__":
    main()
