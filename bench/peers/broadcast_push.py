"""The idiom: a `websockets` server that follows `boards` and calls `broadcast` for each of them.

`python -m bench.peers.broadcast_push KAFKA PORT`
"""

import asyncio
import resource
import sys

import orjson
from aiokafka.structs import ConsumerRecord
from websockets.asyncio.server import ServerConnection, broadcast, serve

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.kafka import KafkaLog


async def main(bootstrap: str, port: int) -> None:
    viewers: set[ServerConnection] = set()
    latest: dict[str, int] = {}

    async def live(connection: ServerConnection) -> None:
        [channel] = orjson.loads(await connection.recv())["subscribe"]
        snapshot = {"type": "snapshot", "channel": channel, "seq": 0, "data": None}
        await connection.send(orjson.dumps(snapshot), text=True)
        viewers.add(connection)
        try:
            await connection.wait_closed()
        finally:
            viewers.discard(connection)

    def handle(record: ConsumerRecord[bytes, bytes]) -> None:
        assert record.value is not None
        board = orjson.loads(record.value)
        if board["seq"] <= latest.get(board["board"], 0):
            return
        latest[board["board"]] = board["seq"]
        channel = f"board:{board['board']}"
        update = {"type": "update", "channel": channel, "seq": board["seq"], "data": board}
        broadcast(viewers, orjson.dumps(update), text=True)

    follower = Follower(KafkaLog(KafkaAddress(bootstrap)), Topic.BOARDS, handle, last=64)
    async with serve(live, "127.0.0.1", port, compression=None, backlog=4096):
        await follower.run()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
