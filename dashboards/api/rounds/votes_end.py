"""Where the topic `votes` ends now, so that a round's ballots are known to lie behind."""

import asyncio

from dashboards.api.web.errors import unavailable
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.log.interface import AWAY, Log
from streams.log.replay import replay

# Who opened the round looks at a page and waits: rather a no than longer.
WITHIN_S = 5.0


async def votes_end(log: Log) -> dict[str, int]:
    """The next offset of every partition of `votes`.

    Raises:
        RequestRefused: 503: the log does not answer.
    """
    try:
        async with asyncio.timeout(WITHIN_S), replay(log) as reader:
            ends = await reader.ends(Topic.VOTES, range(VOTE_PARTITIONS))
    except AWAY as error:
        raise unavailable(f"the log does not say where `votes` ends: {error!r}") from None
    return {str(number): end for number, end in sorted(ends.items())}
