"""The time of the log on this machine: a monotonic clock, set by the console's.

A wall clock that is put right in the middle of a presentation moves no deadline here.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

# The quickest of five is believed: one trip without a wait in it is enough
SAMPLES = 5
# A quartz of 50 ppm drifts half a millisecond in it, which is what a sample knows at best
MEASURE_EVERY_S = 10.0
# A console that starts anew is up in seconds; until then the clock goes on as it was
RETRY_S = 1.0
# A slower answer could not say the time to better than a second
WITHIN_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """One question after the time: when it was asked and answered (steady, s), and the answer."""

    asked_s: float
    answered_s: float
    theirs_ms: float

    @property
    def uncertainty_ms(self) -> float:
        """How far off it may be: half of the way there and back, and the half of a millisecond."""
        return (self.answered_s - self.asked_s) * 500 + 0.5

    @property
    def ahead_ms(self) -> float:
        """Their clock less the steady one."""
        return self.theirs_ms + 0.5 - (self.asked_s + self.answered_s) * 500


class Clock:
    """Now on the log's clock; before any measurement it is this machine's, as it was at the start.

    `offset_ms` is the log's time less this machine's own, as measured in an earlier life.
    """

    def __init__(
        self,
        offset_ms: float = 0.0,
        *,
        steady_s: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.steady_s = steady_s
        self._wall_s = wall_s
        self._ahead_ms = (wall_s() - steady_s()) * 1_000 + offset_ms

    def now_ms(self) -> int:
        """The time, ms."""
        return int(self.steady_s() * 1_000 + self._ahead_ms)

    def steady_at(self, at_ms: int) -> float:
        """When it will be `at_ms`, in seconds of the steady clock."""
        return (at_ms - self._ahead_ms) / 1_000

    @property
    def offset_ms(self) -> float:
        """The log's time less this machine's own wall clock."""
        return self.steady_s() * 1_000 + self._ahead_ms - self._wall_s() * 1_000

    def take(self, samples: list[Sample]) -> bool:
        """Believe the best of some samples where it contradicts this clock; whether it does.

        What a sample cannot know better leaves the clock alone: two that NTP keeps stay so.
        """
        best = min(samples, key=lambda sample: sample.uncertainty_ms)
        if abs(best.ahead_ms - self._ahead_ms) <= best.uncertainty_ms:
            return False
        self._ahead_ms = best.ahead_ms
        return True


async def keep_time(clock: Clock, console_url: str, moved: Callable[[], None]) -> None:
    """Measure the clock against the console's until cancelled; it may be away."""
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            try:
                samples = [await _ask(clock, session, console_url) for _ in range(SAMPLES)]
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
                log.debug("the console at %s does not tell the time: %r", console_url, error)
                await asyncio.sleep(RETRY_S)
                continue
            if clock.take(samples):
                log.warning("the console's clock is %+.0f ms from this one's", clock.offset_ms)
                moved()
            await asyncio.sleep(MEASURE_EVERY_S)


async def _ask(clock: Clock, session: aiohttp.ClientSession, console_url: str) -> Sample:
    asked_s = clock.steady_s()
    async with session.get(f"{console_url}/api/time") as answer:
        answered_s = clock.steady_s()
        told = await answer.json()
        return Sample(asked_s, answered_s, float(told["now"]))
