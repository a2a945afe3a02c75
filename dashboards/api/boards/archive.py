"""Asks ClickHouse, for the few answers that are in the archive only."""

import aiohttp

from dashboards.api.web.errors import RequestRefused
from schemas.addresses import ClickHouseAddress

WITHIN_S = 5.0  # one row by its key takes ms; below ANSWERS_WITHIN_S of dashboards.serve
OLD_BOARD = """
SELECT message FROM {database}.boards
WHERE board = {{board:String}} AND version = {{version:UInt64}}
ORDER BY seq DESC LIMIT 1 FORMAT RawBLOB
"""


async def old_board(address: ClickHouseAddress, board: str, version: int) -> bytes | None:
    """The last board of a version, byte for byte as it was published; None: not archived.

    Raises:
        RequestRefused: 503: ClickHouse does not answer, or refuses.
    """
    query = OLD_BOARD.format(database=address.database)
    wanted = {"param_board": board, "param_version": str(version)}
    who = {"X-ClickHouse-User": address.user, "X-ClickHouse-Key": address.password}
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as http,
            http.post(address.url, params=wanted, data=query.encode(), headers=who) as answer,
        ):
            found = await answer.read()
            if answer.status != 200:
                raise _away("ClickHouse refuses it")
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise _away("ClickHouse does not answer") from None
    return found or None


def _away(why: str) -> RequestRefused:
    detail = f"older versions are in the archive only, and {why}: try again later"
    return RequestRefused(503, "archive_unavailable", detail, headers={"Retry-After": "5"})
