"""Writes to the log: acks=all, each send bounded in time, a producer that sticks is replaced."""

import asyncio
import logging
import time
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, KafkaError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import MessageAccumulator

from schemas.addresses import KafkaAddress
from schemas.topics import Topic

CONNECT_WITHIN_S = 3.0
DISCARD_WITHIN_S = 3.0
RETRY_S = 0.25
SLOW_AFTER_S = 1.0

log = logging.getLogger(__name__)


class LogUnavailable(Exception):
    """The log did not take a message in time; it may hold it all the same."""


class LogProducer:
    """One producer, as long as it works; a new one when it sticks (aio-libs/aiokafka#1017).

    What the old one had not got acknowledged is sent again by the new one, as long as its sender
    still waits. So a message may be in the log twice; readers of facts are made for that.
    """

    def __init__(
        self, address: KafkaAddress, *, linger_ms: int = 0, answer_within_s: float = 2.5
    ) -> None:
        self._address = address
        self._linger_ms = linger_ms
        self._answer_within_s = answer_within_s
        self._live: AIOKafkaProducer | None = None
        self._connected = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._pending: dict[int, float] = {}
        self._tickets = 0
        self._acked_at = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._discards: set[asyncio.Task[None]] = set()
        self.replaced = 0

    async def start(self) -> None:
        """Begin to connect; a broker that is away is tried again until `stop`."""
        self._keeper = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Wait for what was sent, at most as long as a send may take, then close."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self._answer_within_s)
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        live, self._live = self._live, None
        if live is not None:
            await _discard(live)
        await asyncio.gather(*self._discards)

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        if self._live is None:
            return f"the log at {self._address.bootstrap} does not answer"
        waited_s = self.oldest_unacked_s()
        if waited_s > SLOW_AFTER_S:
            return f"the log has acknowledged nothing for {waited_s:.1f} s"
        return None

    def oldest_unacked_s(self) -> float:
        """Seconds for which the oldest message waits for its ack; 0 without one."""
        oldest = next(iter(self._pending.values()), None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    async def send(
        self, topic: Topic, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> int:
        """Write a message; returns its offset when every replica in sync has it.

        Raises:
            LogUnavailable: not acknowledged in time.
            MessageSizeTooLargeError: the broker takes no message of this size.
        """
        self._tickets += 1
        ticket, began = self._tickets, time.monotonic()
        self._pending[ticket] = began
        self._idle.clear()
        used: list[AIOKafkaProducer] = []
        try:
            async with asyncio.timeout(self._answer_within_s):
                return await self._send(used, topic, value, key, partition)
        except TimeoutError:
            if used and self._acked_at < began:
                self._replace(used[-1], "nothing acknowledged in time")
            raise LogUnavailable(self.problem() or "the log did not answer in time") from None
        finally:
            del self._pending[ticket]
            if not self._pending:
                self._idle.set()

    async def _send(
        self,
        used: list[AIOKafkaProducer],
        topic: Topic,
        value: bytes,
        key: bytes | None,
        partition: int | None,
    ) -> int:
        while True:
            await self._connected.wait()
            if (producer := self._live) is None:
                continue
            used.append(producer)
            try:
                future = await producer.send(str(topic), value, key=key, partition=partition)
                record = await future
            except (MessageSizeTooLargeError, IllegalOperation):
                raise
            except (KafkaError, OSError) as error:
                self._replace(producer, repr(error))
                continue
            self._acked_at = time.monotonic()
            return record.offset

    def _replace(self, producer: AIOKafkaProducer, reason: str) -> None:
        if producer is not self._live:
            return
        log.warning("the producer is replaced: %s", reason)
        self.replaced += 1
        self._live = None
        self._connected.clear()
        task = asyncio.create_task(_discard(producer))
        self._discards.add(task)
        task.add_done_callback(self._discards.discard)

    async def _keep_connected(self) -> None:
        while True:
            if self._live is None:
                self._live = await self._connect()
                if self._live is not None:
                    self._connected.set()
            await asyncio.sleep(RETRY_S)

    async def _connect(self) -> AIOKafkaProducer | None:
        producer: AIOKafkaProducer = AIOKafkaProducer(
            **self._address.producer_options(), linger_ms=self._linger_ms
        )
        try:
            await asyncio.wait_for(producer.start(), CONNECT_WITHIN_S)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("no way to the log: %s", error or repr(error))
            await _discard(producer)
            return None
        except asyncio.CancelledError:
            await _discard(producer)
            raise
        return producer


async def _discard(producer: AIOKafkaProducer) -> None:
    """End a producer whatever state it is in; what still waits in it fails at once.

    aiokafka's own `stop` waits for what cannot be sent, so that is failed first and its
    connections are closed under it.
    """
    _fail_all(producer._message_accumulator)  # pyright: ignore[reportPrivateUsage]
    with suppress(KafkaError, OSError, TimeoutError, LookupError):
        await producer.client.close()
        await asyncio.wait_for(producer.stop(), DISCARD_WITHIN_S)


def _fail_all(accumulator: MessageAccumulator) -> None:
    accumulator.fail_all(KafkaError("this producer was replaced"))
    for batches in accumulator._batches.values():  # pyright: ignore[reportPrivateUsage]
        for batch in batches:  # nobody else asks, and asyncio would complain of that
            batch._drain_waiter.exception()  # pyright: ignore[reportPrivateUsage]
