"""Whether the gateway can take ballots, and if not, why: for citizens, and for operators."""

import asyncio

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from streams.gateway.http.errors import JSON
from streams.gateway.http.messages import Reply, Request
from streams.gateway.votes import VoteRefused
from streams.log.follower import Follower
from streams.log.producer import LogProducer

# DESIGN: a gateway that has not heard from the log for 2 s answers 503, since a round may be closed
# by now; a follower hears of an idle log several times a second
SILENT_S = 2.0
# 1 s: reading `broadcasts` takes less
STARTING = VoteRefused(
    503, "not_caught_up", "the gateway reads the log first; send it again", retry_after_s=1
)
# 2 s: as for a frame that was not acked (streams.gateway.frames)
AWAY = VoteRefused(
    503, "log_unavailable", "the log does not answer; send it again", retry_after_s=2
)


# So that no vote pays for asking; a ballot hears at most so much later that the log is away
LOOK_S = 0.05


class Health:
    """Looks at the way in (the fold of `broadcasts`) and at the way out (the producer).

    It looks twenty times a second, and not for each ballot.
    """

    def __init__(
        self, broadcasts: Follower, producer: LogProducer, registry: CollectorRegistry
    ) -> None:
        self._broadcasts = broadcasts
        self._producer = producer
        self._registry = registry
        self._unready: VoteRefused | None = STARTING

    async def watch(self) -> None:
        """Keep looking; runs until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def problems(self) -> list[str]:
        """What is wrong, a sentence each."""
        found = (self._broadcasts.problem(SILENT_S), self._producer.problem())
        return [problem for problem in found if problem]

    def unready(self) -> VoteRefused | None:
        """Why no ballot is taken now, or None."""
        return self._unready

    def look(self) -> None:
        """See whether ballots can be taken."""
        if not self._broadcasts.caught_up:
            self._unready = STARTING
        elif self._broadcasts.silence_s() > SILENT_S or self._producer.problem() is not None:
            self._unready = AWAY
        else:
            self._unready = None

    def healthz(self, request: Request) -> Reply:
        """Answer `GET /healthz`; who hears that all is well may send ballots at once."""
        self.look()
        problems = self.problems()
        if problems:
            body = orjson.dumps({"ok": False, "problems": problems})
            return Reply(503, body, JSON, "unwell")
        return Reply(200, orjson.dumps({"ok": True, "problems": []}), JSON, "well")

    def metrics(self, request: Request) -> Reply:
        """Answer `GET /metrics`."""
        return Reply(200, generate_latest(self._registry), CONTENT_TYPE_LATEST, "shown")
