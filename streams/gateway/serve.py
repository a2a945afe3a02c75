"""The gateway role: every door in one process, and the way into the log behind them."""

import asyncio

from schemas.topics import Topic
from streams.gateway.accounts import account_door
from streams.gateway.application import Application, Route, Tasks, at_once
from streams.gateway.ballot_limits import BallotLimits
from streams.gateway.config import GatewayConfig
from streams.gateway.folds import Folds
from streams.gateway.frames import Frames
from streams.gateway.health import Health
from streams.gateway.http.listener import Listener
from streams.gateway.intake import VoteIntake
from streams.gateway.metrics import GatewayMetrics
from streams.gateway.partners import PartnerDoor
from streams.gateway.pseudonyms import Pseudonyms
from streams.gateway.web import WebDoor
from streams.gateway.wechat.door import WeChatDoor
from streams.keys import derive
from streams.log.follower import Follower
from streams.log.interface import Log
from streams.log.kafka import KafkaLog
from streams.log.letters import Letters
from streams.log.producer import LogProducer
from streams.log.topics import await_topics
from streams.running import allow_sockets, now_ms, until
from streams.signatures import read_secret

# Every board is said again every 5 s (DESIGN, Topics): the last few hundred messages hold all of
# them, and the hour before is not read
BOARDS_READ = 200


async def serve(config: GatewayConfig, stop: asyncio.Event) -> None:
    """Serve citizens until `stop` is set; then answer who is in, write what is held, and return.

    Raises:
        OSError: the port cannot be had.
        WrongLog: the log is not one of ours.
        BadSecret: a partner's secret is none.
    """
    limits, metrics, room = config.limits, GatewayMetrics(), KafkaLog(config.kafka)
    allow_sockets(limits.connections)
    producer = LogProducer(room, answer_within_s=limits.answer_timeout_ms / 1000)
    letters = Letters(
        room, "gateway", now_ms, lambda topic: metrics.dead_letters.labels(topic).inc()
    )
    folds = Folds(letters)
    broadcasts = Follower(room, Topic.BROADCASTS, folds.broadcast)
    boards = Follower(room, Topic.BOARDS, folds.board, last=BOARDS_READ)
    health = Health(broadcasts, producer, metrics.registry)
    frames = Frames(
        producer,
        metrics,
        now_ms,
        queue_ballots=limits.queue_ballots,
    )
    intake = VoteIntake(
        folds=folds,
        unready=health.unready,
        limits=BallotLimits(limits),
        pseudonyms=Pseudonyms(config.secret),
        receipt_key=derive(config.secret, "receipts"),
        frames=frames,
        now=now_ms,
    )
    metrics.watch("queue_ballots", "Ballots that wait for their ack.", lambda: frames.waiting)
    metrics.watch("unacked_seconds", "Age of the oldest frame.", producer.oldest_unacked_s)
    metrics.watch("replaced_producers", "Producers that stuck.", lambda: producer.replaced)
    listener = Listener(limits, application(config, intake, health, metrics))
    metrics.watch("connections", "Connections that are open.", lambda: listener.connections)
    await producer.start()
    try:
        await until(
            stop,
            listener.serve(config.host, config.port),
            follow(room, broadcasts, boards),
            health.watch(),
            letters.run(),
        )
    finally:
        # the frames first: what they hold goes by the producer, and waits for its ack
        await frames.drain()
        await producer.stop()


def application(
    config: GatewayConfig, intake: VoteIntake, health: Health, metrics: GatewayMetrics
) -> Application:
    """The paths of the gateway (CONTRACT, Gateway) and who answers there."""
    keys = {name: read_secret(secret) for name, secret in config.partners.items()}
    partners = PartnerDoor(keys, intake, config.limits.remembered_requests)
    web = WebDoor(intake, config.pages, derive(config.secret, "cookies"), config.public_host)
    tasks = Tasks()
    wechat = tasks.handler(account_door(WeChatDoor(config.wechat, intake)))
    return Application(
        exact={
            "/votes": Route("partner", {"POST": partners.votes}),
            "/questions": Route("questions", {"POST": at_once(partners.questions)}),
            "/vote": Route("web", {"GET": at_once(web.show), "POST": tasks.handler(web.take)}),
            "/healthz": Route("healthz", {"GET": at_once(health.healthz)}),
            "/metrics": Route("metrics", {"GET": at_once(health.metrics)}),
        },
        below={"/wechat/": Route("wechat", {"GET": wechat, "POST": wechat})},
        metrics=metrics,
    )


async def follow(log: Log, *followers: Follower) -> None:
    """Make the topics that are missing as soon as the log answers, then follow."""
    await await_topics(log)
    async with asyncio.TaskGroup() as group:
        for follower in followers:
            group.create_task(follower.run())
