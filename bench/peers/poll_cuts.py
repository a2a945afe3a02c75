"""Another way to cut at the limit: a loop that looks at the clock every 32 ms.

python -m bench.peers.poll_cuts BOOTSTRAP MIXER_PORT
"""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.support.x32 import set_on

POLL_S = 0.032


async def main(bootstrap: str, mixer: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=40)
    await consumer.start()
    consumer.assign([TopicPartition("sessions", 0)])
    await consumer.seek_to_end()
    ends_at: list[int | None] = [None]

    async def poll() -> None:
        while True:
            await asyncio.sleep(POLL_S)
            if ends_at[0] is not None and time.time() * 1_000 >= ends_at[0]:
                ends_at[0] = None
                set_on(mixer, 1, False)

    polling = asyncio.create_task(poll())
    print("ready", flush=True)
    async for record in consumer:
        message = json.loads(record.value)
        if message["type"] == "time_added":
            ends_at[0] = message["ends_at"]
    await polling


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
