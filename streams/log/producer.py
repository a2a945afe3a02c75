"""Writes to the log: acks=all, each send bounded in time, a producer that sticks is replaced."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from functools import partial

from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from aiokafka.structs import RecordMetadata

from schemas.topics import Topic
from streams.log.interface import AWAY, Log, Producer

# A broker far away with TLS and SASL answers in one or two seconds; a longer wait would hide that
# it is away from who asks for the way to the log
CONNECT_WITHIN_S = 3.0
# Several tries within the 2.5 s that a sender waits: a broker that is back in time loses nothing
RETRY_S = 0.25
# Below the 2 s and more that a sender waits (`answer_within_s`), far above any ack of a log that is
# well (some ms): it is seen before the first message fails
SLOW_AFTER_S = 1.5
# So much later than `answer_within_s` a sender hears
SWEEP_S = 0.05
REFUSED = (MessageSizeTooLargeError, TopicAuthorizationFailedError, InvalidTopicError)

log = logging.getLogger(__name__)


class LogUnavailable(Exception):
    """The log did not take a message in time; it may hold it all the same."""


class _Message:
    """One message on its way; `offset` is settled when every replica in sync has it."""

    __slots__ = ("began", "key", "offset", "partition", "topic", "value")

    def __init__(
        self, topic: Topic, value: bytes, key: bytes | None, partition: int | None
    ) -> None:
        self.topic, self.value, self.key, self.partition = topic, value, key, partition
        loop = asyncio.get_running_loop()
        self.began = loop.time()
        self.offset: asyncio.Future[int] = loop.create_future()


class LogProducer:
    """One producer, as long as it works; a new one when it sticks (aio-libs/aiokafka#1017).

    What the old one had not got acknowledged is written again by the new one, as long as its
    sender still waits. So a message may be in the log twice; readers of facts are made for that.
    """

    def __init__(self, log: Log, *, linger_ms: int = 0, answer_within_s: float = 2.5) -> None:
        self._log = log
        self._linger_ms = linger_ms
        self._answer_within_s = answer_within_s
        self._unacked: dict[_Message, None] = {}
        self._outbox: deque[_Message] = deque()
        self._posted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._live: Producer | None = None
        self._writer: asyncio.Task[None] | None = None
        self._progress_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._discards: set[asyncio.Task[None]] = set()
        self.replaced = 0

    async def start(self) -> None:
        """Begin to connect; a broker that is away is tried again until `stop`."""
        self._tasks = [asyncio.create_task(part) for part in (self._keep_writing(), self._sweep())]

    async def stop(self) -> None:
        """Wait for what was sent, as long as a send may take, then close."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._answer_within_s):
                await self._idle.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._discards)
        for message in list(self._unacked):
            self._settle(message, LogUnavailable("the producer was stopped"))

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        if self._live is None:
            return f"the log at {self._log.where} does not answer"
        silent_s = _now_s() - self._progress_at
        if self._unacked and silent_s > SLOW_AFTER_S:
            return f"the log has acknowledged nothing for {silent_s:.1f} s"
        return None

    def oldest_unacked_s(self) -> float:
        """Seconds for which the oldest message waits for its ack; 0 without one."""
        oldest = next(iter(self._unacked), None)
        return 0.0 if oldest is None else _now_s() - oldest.began

    async def send(
        self, topic: Topic, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> int:
        """Write a message; returns its offset when every replica in sync has it.

        Raises:
            LogUnavailable: not acknowledged in time.
            KafkaError: the broker refuses this message or this topic (see `REFUSED`).
        """
        return await self.post(topic, value, key=key, partition=partition)

    def post(
        self, topic: Topic, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> asyncio.Future[int]:
        """As `send`, for who wants to go on: the future is what `send` returns or raises."""
        message = _Message(topic, value, key, partition)
        if not self._unacked:
            self._progress_at = message.began
            self._idle.clear()
        self._unacked[message] = None
        self._outbox.append(message)
        self._posted.set()
        return message.offset

    async def _keep_writing(self) -> None:
        while True:
            producer = await self._connect()
            if producer is not None:
                self._outbox = deque(self._unacked)
                self._posted.set()
                self._progress_at = _now_s()
                self._live = producer
                await self._write_until_broken(producer)
            await asyncio.sleep(RETRY_S)

    async def _write_until_broken(self, producer: Producer) -> None:
        self._writer = asyncio.create_task(self._write(producer))
        try:
            await asyncio.wait([self._writer])
            if not self._writer.cancelled():
                self._writer.result()
        finally:
            self._live = None
            self._writer.cancel()
            discard = asyncio.create_task(producer.stop())
            self._discards.add(discard)
            discard.add_done_callback(self._discards.discard)

    async def _connect(self) -> Producer | None:
        producer = self._log.producer(linger_ms=self._linger_ms)
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):  # wait_for of 3.11 may eat a cancel
                await producer.start()
        except AWAY as error:
            log.warning("no way to the log: %s", error or repr(error))
            await producer.stop()
            return None
        except asyncio.CancelledError:
            await producer.stop()
            raise
        return producer

    async def _write(self, producer: Producer) -> None:
        """Hand messages to a producer until it fails, or is found stuck and this is cancelled."""
        while True:
            await self._posted.wait()
            self._posted.clear()
            while self._outbox:
                message = self._outbox.popleft()
                if not message.offset.done() and not await self._hand_over(producer, message):
                    return

    async def _hand_over(self, producer: Producer, message: _Message) -> bool:
        try:
            sent = await producer.send(
                message.topic, message.value, key=message.key, partition=message.partition
            )
        except REFUSED as refused:
            self._settle(message, refused)
        except (KafkaError, OSError) as error:
            self._replace(producer, repr(error))
            return False
        else:
            sent.add_done_callback(partial(self._answered, producer, message))
        return True

    def _answered(
        self, producer: Producer, message: _Message, sent: asyncio.Future[RecordMetadata]
    ) -> None:
        error = asyncio.CancelledError() if sent.cancelled() else sent.exception()
        if error is None:
            self._progress_at = _now_s()
            self._settle(message, sent.result().offset)
        elif isinstance(error, REFUSED):
            self._settle(message, error)
        else:
            self._replace(producer, repr(error))

    def _settle(self, message: _Message, outcome: int | Exception) -> None:
        self._unacked.pop(message, None)
        if not self._unacked:
            self._idle.set()
        if message.offset.done():
            return
        if isinstance(outcome, int):
            message.offset.set_result(outcome)
        else:
            message.offset.set_exception(outcome)

    def _replace(self, producer: Producer, reason: str) -> None:
        if producer is self._live and self._writer is not None:
            log.warning("the producer is replaced: %s", reason)
            self.replaced += 1
            self._live = None
            self._writer.cancel()

    async def _sweep(self) -> None:
        """Give up on what waits too long, and on a producer that gets nothing acknowledged."""
        while True:
            await asyncio.sleep(SWEEP_S)
            latest = _now_s() - self._answer_within_s
            if self._live is not None and self._unacked and self._progress_at < latest:
                self._replace(self._live, "nothing acknowledged in time")
            while (oldest := next(iter(self._unacked), None)) and oldest.began < latest:
                problem = self.problem() or "the log did not answer in time"
                self._settle(oldest, LogUnavailable(problem))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
