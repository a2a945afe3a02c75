"""What must be true after the evening, each checked from outside and said in a sentence."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import orjson

from schemas.addresses import ClickHouseAddress
from schemas.ballots import CHOICES
from tribune.demo.citizens import Vote, expected
from tribune.demo.doors import sign
from tribune.demo.operator import CannotPlay
from tribune.demo.voting import Voting
from tribune.proof import reconcile

# A round is final 2 s after its close at the earliest; the rest is for a busy machine
WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """One sentence that holds or does not, and the figures behind it."""

    name: str
    ok: bool
    detail: str


@dataclass(slots=True)
class Findings:
    """The checks and the numbers of an evening, as `--json` prints them."""

    checks: list[Check]
    ballots: dict[str, int]
    vote_to_screen_ms: dict[str, float | None]
    round: str
    boards_seen: int
    presentations: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def take(self, checks: list[Check], presentations: dict[str, Any]) -> None:
        """Add what was found of the presentation day."""
        self.checks += checks
        self.presentations = presentations

    def as_json(self) -> str:
        """One object, as CONTRACT says."""
        return orjson.dumps({"ok": self.ok, **asdict(self)}).decode()


async def examine(
    voting: Voting, clickhouse: ClickHouseAddress, http: aiohttp.ClientSession
) -> Findings:
    """Close the round, wait until it is final, and check every number against every other."""
    counted = sum(map(sum, expected(voting.votes).values()))
    await voting.until(lambda board: _ballots(board) >= counted, WITHIN_S)
    await voting.operator.close(voting.round)
    await voting.until(lambda board: board["status"] in ("final", "corrected"), WITHIN_S)
    board = voting.screen.board
    if board is None:
        raise CannotPlay("no board was seen: is the push role well?")
    stored = await _stored(http, clickhouse, voting.round, voting.count.acked)
    return Findings(
        checks=[
            _acknowledged(voting),
            Check("the board is final", board["status"] == "final", f"status {board['status']}"),
            _exact(board, voting.votes),
            _kept(stored, voting),
            await _reconciled(clickhouse, voting.round),
            await _nobody_is_named(http, clickhouse),
            await _forgery(voting.gateway, http),
        ],
        ballots={
            "sent": voting.count.sent,
            "acked": voting.count.acked,
            "counted": _ballots(board),
            "in_clickhouse": stored,
        },
        vote_to_screen_ms={
            "p50": voting.screen.percentile_ms(0.5),
            "p99": voting.screen.percentile_ms(0.99),
        },
        round=voting.round,
        boards_seen=voting.screen.boards_seen,
    )


def _kept(stored: int, voting: Voting) -> Check:
    return Check(
        "ClickHouse holds every acknowledged ballot",
        stored >= voting.count.acked,
        f"{stored:,} rows, {voting.count.acked:,} acknowledged",
    )


def _ballots(board: dict[str, Any]) -> int:
    return sum(row["ballots"] for row in board["rows"])


async def _forgery(gateway: str, http: aiohttp.ClientSession) -> Check:
    body = orjson.dumps({"round": "x", "unit": "x", "choice": "satisfied", "voter": "x"})
    headers = sign("whsec_" + secrets.token_hex(16), body)
    async with http.post(f"{gateway}/votes", data=body, headers=headers) as answer:
        return Check("a forged signature is refused", answer.status == 401, f"{answer.status}")


def _acknowledged(voting: Voting) -> Check:
    count = voting.count
    return Check(
        "every ballot was acknowledged",
        count.sent == count.acked == len(voting.votes),
        f"{count.sent:,} sent, {count.acked:,} acknowledged",
    )


def _exact(board: dict[str, Any], votes: list[Vote]) -> Check:
    wanted = expected(votes)
    wrong = [
        row["unit"]
        for row in board["rows"]
        if not _agrees(row, wanted.get(row["unit"], [0] * len(CHOICES)))
    ]
    return Check(
        "the board counts what the citizens chose",
        not wrong,
        f"{len(board['rows'])} rows agree" if not wrong else f"differs: {', '.join(wrong)}",
    )


def _agrees(row: dict[str, Any], wanted: list[int]) -> bool:
    if row["counts"] is None:
        return row["ballots"] == sum(wanted)
    return [row["counts"][word] for word in CHOICES] == wanted


async def _stored(
    http: aiohttp.ClientSession, clickhouse: ClickHouseAddress, round_id: str, wanted: int
) -> int:
    query = f"SELECT count() FROM tribune.votes WHERE round = '{round_id}'"  # noqa: S608 - our id

    async def count() -> int:
        return int(await ask(http, clickhouse, query))

    return await _at_least(count, wanted)


async def _at_least(count: Callable[[], Awaitable[int]], wanted: int) -> int:
    found = await count()
    for _ in range(100):
        if found >= wanted:
            break
        found = await count()
    return found


async def _reconciled(clickhouse: ClickHouseAddress, round_id: str) -> Check:
    report = await reconcile.reconcile(clickhouse, round_id)
    return Check("a recount from ClickHouse equals the board", report.ok, report.summary)


async def _nobody_is_named(http: aiohttp.ClientSession, clickhouse: ClickHouseAddress) -> Check:
    query = "SELECT count() FROM tribune.log WHERE value LIKE '%oDemo%' OR value LIKE '%demo-part%'"
    found = int(await ask(http, clickhouse, query))
    return Check("no citizen's id is in the log", found == 0, f"{found} messages name one")


async def ask(http: aiohttp.ClientSession, clickhouse: ClickHouseAddress, query: str) -> str:
    """ClickHouse's answer to a query.

    Raises:
        CannotPlay: it refuses.
    """
    headers = {"X-ClickHouse-User": clickhouse.user, "X-ClickHouse-Key": clickhouse.password}
    async with http.post(clickhouse.url, data=query.encode(), headers=headers) as answer:
        text = await answer.text()
        if answer.status != 200:
            raise CannotPlay(f"ClickHouse refused {query!r}: {text.strip()}")
        return text.strip()
