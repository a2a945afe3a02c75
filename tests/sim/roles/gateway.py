"""A gateway without its listener: what citizens send by each door reaches its real route."""

import asyncio
import base64
import hashlib
import hmac
from typing import Any

import orjson

from schemas.topics import Topic
from streams.gateway.ballot_limits import BallotLimits
from streams.gateway.config import GatewayLimits
from streams.gateway.folds import Folds
from streams.gateway.frames import Frames
from streams.gateway.health import Health
from streams.gateway.http.errors import JSON
from streams.gateway.http.messages import Reply, Request
from streams.gateway.intake import VoteIntake
from streams.gateway.metrics import GatewayMetrics
from streams.gateway.pages import VoteView
from streams.gateway.partners import PartnerDoor
from streams.gateway.pseudonyms import Pseudonyms
from streams.gateway.serve import BOARDS_READ
from streams.gateway.web import WebDoor
from streams.gateway.wechat.account import WeChatAccount
from streams.gateway.wechat.door import WeChatDoor
from streams.keys import derive
from streams.log.follower import Follower
from streams.log.letters import Letters
from streams.log.producer import LogProducer
from streams.log.topics import await_topics
from tests.sim.process import Process
from tests.sim.world import World, now_ms

SECRET = b"s" * 32
PARTNER, PARTNER_KEY = "radio", b"p" * 32
ACCOUNT, TOKEN = "county", "token"
LIMITS = GatewayLimits()


class Gateway:
    """One life of a gateway."""

    def __init__(self, world: World, process: Process) -> None:
        self._log = world.way(process)
        metrics = GatewayMetrics()
        self._producer = LogProducer(self._log, answer_within_s=LIMITS.answer_timeout_ms / 1_000)
        self._letters = Letters(self._log, "gateway", now_ms, lambda _: None)
        folds = Folds(self._letters)
        self._followers = (
            Follower(self._log, Topic.BROADCASTS, folds.broadcast),
            Follower(self._log, Topic.BOARDS, folds.board, last=BOARDS_READ),
        )
        self._health = Health(self._followers[0], self._producer, metrics.registry)
        frames = Frames(self._producer, metrics, now_ms, queue_ballots=LIMITS.queue_ballots)
        intake = VoteIntake(
            folds=folds,
            unready=self._health.unready,
            limits=BallotLimits(LIMITS),
            pseudonyms=Pseudonyms(SECRET),
            receipt_key=derive(SECRET, "receipts"),
            frames=frames,
            now=now_ms,
        )
        self.folds = folds
        self._partners = PartnerDoor({PARTNER: PARTNER_KEY}, intake, LIMITS.remembered_requests)
        self._web = WebDoor(intake, NoPages(), derive(SECRET, "cookies"), "")
        self._wechat = WeChatDoor({ACCOUNT: WeChatAccount(TOKEN)}, intake)

    async def run(self) -> None:
        """Serve for good."""
        await self._producer.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._health.watch())
            group.create_task(self._letters.run())

    async def _follow(self) -> None:
        await await_topics(self._log)
        async with asyncio.TaskGroup() as group:
            for follower in self._followers:
                group.create_task(follower.run())

    async def post_votes(self, request_id: str, body: bytes, sent_s: int) -> Reply:
        """A partner's `POST /votes`, signed."""
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        request = Request("POST", "/votes", "")
        request.headers = signed(request_id, body, sent_s)
        request.body = body

        def reply(_: Request, answer: Reply) -> None:
            if not replied.done():
                replied.set_result(answer)

        request.on_reply = reply
        self._partners.votes(request)
        return await replied

    async def post_page(self, cookie: str, body: bytes) -> Reply:
        """A browser's `POST /vote`, in JSON, with its cookie."""
        request = Request("POST", "/vote", "")
        request.headers = {"content-type": JSON} | ({"cookie": cookie} if cookie else {})
        request.body = body
        return await self._web.take(request)

    async def post_wechat(self, query: dict[str, str], body: bytes) -> Reply:
        """WeChat's `POST /wechat/ACCOUNT`."""
        return await self._wechat.handle(ACCOUNT, "POST", query, body, JSON)


class NoPages:
    """Draws nothing: a script that posts JSON gets JSON."""

    def vote(self, view: VoteView) -> bytes:
        """Nobody asks for a page."""
        raise NotImplementedError


def signed(request_id: str, body: bytes, sent_s: int) -> dict[str, str]:
    """The headers of the Standard Webhooks specification."""
    said = f"{request_id}.{sent_s}.".encode() + body
    signature = base64.b64encode(hmac.new(PARTNER_KEY, said, hashlib.sha256).digest())
    return {
        "x-tribune-partner": PARTNER,
        "webhook-id": request_id,
        "webhook-timestamp": str(sent_s),
        "webhook-signature": f"v1,{signature.decode()}",
    }


def vote_json(**vote: Any) -> bytes:
    """A ballot as a partner writes it."""
    return orjson.dumps(vote)
