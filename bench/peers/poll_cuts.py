"""Another way to cut at the limit: a loop that looks at the clock every 32 ms.

python -m bench.peers.poll_cuts MIXER_PORT, with the log's address in the environment
"""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.peers.address import taken
from tests.support.x32 import set_on

POLL_S = 0.032  # as Ontime looks at its clock (`updateRate`)


async def main(mixer: int) -> None:
    consumer = AIOKafkaConsumer(**taken().client_options())
    await consumer.start()
    consumer.assign([TopicPartition("sessions", 0)])
    await consumer.seek_to_end()
    limits: list[tuple[int, int]] = []

    async def poll() -> None:
        while True:
            await asyncio.sleep(POLL_S)
            while limits and time.time() * 1_000 >= limits[0][0]:
                _, channel = limits.pop(0)
                set_on(mixer, channel, False)

    polling = asyncio.create_task(poll())
    print("ready", flush=True)
    async for record in consumer:
        message = json.loads(record.value)
        if message["type"] == "time_added":
            channel = int(message["id"].removeprefix("more-")) % 32 + 1
            limits.append((message["ends_at"], channel))
    await polling


asyncio.run(main(int(sys.argv[1])))
