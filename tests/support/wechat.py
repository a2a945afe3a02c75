"""WeChat's own published examples, a small county, and callbacks made as WeChat makes them."""

from dataclasses import dataclass, field
from itertools import count

import orjson

from agents.reducers.rounds import Broadcasts, VotingRound, step
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, RoundClosed, RoundOpened
from streams.gateway.votes import Sender, Vote, VoteRefused
from streams.gateway.wechat.account import WeChatAccount
from streams.gateway.wechat.parse import Message
from streams.gateway.wechat.signature import sign

DOC_TOKEN = "AAAAA"
DOC_KEY = "A" * 43
DOC_APPID = "wxba5fad812f8e6fb9"
DOC_ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJG"
    "QqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrf"
    "MZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgR"
    "tWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
DOC_REPLY_ENCRYPT = (
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
)
DEMO_TOKEN = "spamtest"
DEMO_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
DEMO_APPID = "wx2c2769f8efd9abc2"
DEMO_ENCRYPT = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6"
    "F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T33"
    "2jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCg"
    "avjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6Oewp"
    "usjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)

ROUND = "satisfaction-2026"
OPENED_AT = 1_800_000_000_000

COUNTY = Broadcast(
    id="county-2026",
    title=Text("2026 年述职评议", "The 2026 evening"),
    units=[
        Unit("housing", 12, "department", Text("住房和城乡建设局", "Housing Bureau"), ["住建局"]),
        Unit("transport", 2, "department", Text("交通运输局", "Transport Bureau"), ["交通"]),
        Unit("river", 21, "township", Text("河口镇", "Hekou Town"), ["河口"]),
    ],
    rounds=[Round(ROUND, Text("群众满意度", "Satisfaction"))],
)


def folded(*facts: BroadcastsFact) -> Broadcasts:
    """The fold of facts."""
    state = Broadcasts()
    for offset, fact in enumerate(facts):
        step(state, offset, fact)
    return state


def open_county(broadcast: Broadcast = COUNTY, *, closed_at: int | None = None) -> Broadcasts:
    """A county whose round was opened, and perhaps closed again."""
    facts: list[BroadcastsFact] = [
        BroadcastLoaded(at=OPENED_AT - 1, broadcast=broadcast),
        RoundOpened(at=OPENED_AT, round=broadcast.rounds[0].id, votes_from={}),
    ]
    if closed_at is not None:
        facts.append(RoundClosed(at=closed_at, round=broadcast.rounds[0].id))
    return folded(*facts)


def the_round(broadcasts: Broadcasts) -> VotingRound:
    """Its one round."""
    [voting_round] = broadcasts.rounds.values()
    return voting_round


def many_units(number: int, name: str = "一个名字相当长的单位") -> Broadcast:
    """A county of many units."""
    units = [
        Unit(f"u{n}", n, "department", Text(f"{name}{chr(0x4E00 + n)}", f"Bureau of things {n}"))
        for n in range(1, number + 1)
    ]
    return Broadcast(id="many", title=Text("大县"), units=units, rounds=COUNTY.rounds)


def message(text: str = "", *, kind: str = "text", event: str = "", key: str = "") -> Message:
    """A message made one minute after the round opened."""
    created_s = OPENED_AT // 1000 + 60
    return Message("xml", "gh_county", "oCitizen", created_s, kind, text, event, key, "1")


_numbers = count(7_000_000_000)


def body(text: str = "12 1", *, openid: str = "oCitizen", at: int, **changed: str | int) -> bytes:
    """A plain JSON message as WeChat sends it; `changed` replaces fields by name."""
    fields: dict[str, str | int] = {
        "ToUserName": "gh_county",
        "FromUserName": openid,
        "CreateTime": at // 1000,
        "MsgType": "text",
        "Content": text,
        "MsgId": next(_numbers),
    }
    return orjson.dumps(fields | changed)


def signed(token: str, at: int, *, nonce: str = "415670741") -> dict[str, str]:
    """The query of a plain callback."""
    timestamp = str(at // 1000)
    signature = sign(token, timestamp, nonce)
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "openid": "oCitizen"}


@dataclass
class FakeIntake:
    """An intake that takes every vote, or answers as it is told; time stands still."""

    broadcasts: Broadcasts = field(default_factory=open_county)
    at: int = OPENED_AT + 61_000
    refusal: VoteRefused | None = None
    boards: dict[str, bytes] = field(default_factory=dict)
    votes: list[tuple[Sender, Vote]] = field(default_factory=list)

    def now(self) -> int:
        return self.at

    def board(self, board: str) -> bytes | None:
        return self.boards.get(board)

    def unready(self) -> VoteRefused | None:
        return self.refusal if self.refusal and self.refusal.status == 503 else None

    async def cast(self, sender: Sender, votes: list[Vote]) -> list[str] | VoteRefused:
        if self.refusal is not None:
            return self.refusal
        self.votes += [(sender, vote) for vote in votes]
        return [f"receipt-{len(self.votes)}"]


PLAIN = WeChatAccount(token="plain-token")
SECURE = WeChatAccount(DEMO_TOKEN, DEMO_APPID, DEMO_KEY)
