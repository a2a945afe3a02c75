"""Stage controllers as processes of a test, by the real command, and the log that they follow."""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.sessions import SessionCommand, SessionsMessage
from schemas.topics import Topic
from schemas.wire import decode
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from streams.stage.direct import CutOrder, signed
from tests.support.console import messages
from tests.support.ports import free_port
from tests.support.stage_evening import COUNTY, StageEvening
from tests.support.stage_log import StageLog

TRIBUNE = Path(sys.executable).parent / "tribune"
ON_TIME_MS = 250
KEY = "the secret of the stage's tests"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class StageProcess:
    """A running `tribune stage`."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def health(self) -> dict[str, Any]:
        """What it says of itself; nothing when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz") as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            return {}

    def ask(self, path: str, order: msgspec.Struct, secret: bytes = KEY.encode()) -> Any:
        """Send a signed request; its status and its answer."""
        body, headers = signed(secret, order)
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def cut(self, name: str = "direct", **more: Any) -> Any:
        order = CutOrder(**{"id": name, "by": "operator:test", "at": now_ms()} | more)
        return self.ask("/cut", order)

    def await_health(self, is_so: Any, within_s: float = 30) -> dict[str, Any]:
        """Wait until what it says of itself is as wished."""
        deadline = time.monotonic() + within_s
        while True:
            found = self.health()
            if found and is_so(found):
                return found
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, (found, self.log())
            time.sleep(0.02)

    def log(self) -> str:
        return (self.folder / "stage.log").read_text()[-4_000:]


@contextmanager
def running_stage(
    folder: Path, kafka: KafkaAddress, devices: str, *, ready: bool = True, console: str = ""
) -> Iterator[StageProcess]:
    """Run `tribune stage` until the block ends; in the same folder it goes on where it was."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    lines = [f"data = {json.dumps(str(folder))}", "[secrets]", f"key = {json.dumps(KEY)}"]
    lines += ["[ports]", f"stage = {port}"]
    lines += ["[kafka]", f'bootstrap = "{kafka.bootstrap}"', f'prefix = "{kafka.prefix}"']
    lines += ["[listen]", f'console = "{console or "http://127.0.0.1:9"}"', devices]
    (folder / "tribune.toml").write_text("\n".join(lines))
    with (folder / "stage.log").open("ab") as log:
        process = subprocess.Popen(
            [str(TRIBUNE), "stage", "--config", str(folder / "tribune.toml")],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    stage = StageProcess(process, folder, port)
    try:
        if ready:
            stage.await_health(lambda found: found["ok"])
        yield stage
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        finally:
            process.kill()


class AnsweredEvening(StageLog):
    """An evening whose agent is the test: facts go into the log, and no command for another one.

    They hold for the log as it is: a stage writes to it too, at places unknown here.
    """

    def say(self, fact: Any) -> set[str]:
        if isinstance(fact, SessionCommand):
            return StageEvening.say(self, fact)
        return super().say(msgspec.structs.replace(fact, after=None))


@asynccontextmanager
async def evening_on(kafka: KafkaAddress, name: str = COUNTY.id) -> AsyncIterator[AnsweredEvening]:
    """A loaded evening; what the test presses is answered at once."""
    producer = LogProducer(KafkaLog(kafka), answer_within_s=10)
    await producer.start()
    try:
        evening = AnsweredEvening(producer, msgspec.structs.replace(COUNTY, id=name))
        await evening.write()
        yield evening
    finally:
        await producer.stop()


async def told(kafka: KafkaAddress, kind: type | tuple[type, ...]) -> list[Any]:
    """The messages of a kind in `sessions`."""
    found = await messages(kafka, Topic.SESSIONS)
    facts: list[SessionsMessage] = [
        decode(json.dumps(each).encode(), SessionsMessage) for each in found
    ]
    return [fact for fact in facts if isinstance(fact, kind)]


async def until_told(
    kafka: KafkaAddress, kind: type, count: int = 1, within_s: float = 30
) -> list[Any]:
    """Wait for some messages of a kind in `sessions`; the log may be away meanwhile."""
    deadline = time.monotonic() + within_s
    while True:
        with suppress(KafkaError, OSError):
            if len(found := await told(kafka, kind)) >= count:
                return found
        assert time.monotonic() < deadline, f"{kind.__name__} was not told"
        await asyncio.sleep(0.1)
