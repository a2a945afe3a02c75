"""The archive as a process of its own, to be killed: `KAFKA PREFIX CLICKHOUSE`."""

import asyncio
import signal
import subprocess
import sys

from schemas.addresses import ClickHouseAddress, KafkaAddress
from streams.archive.serve import ArchiveConfig, serve
from tests.support.ports import free_port


def start_archive(kafka: KafkaAddress, clickhouse: ClickHouseAddress) -> subprocess.Popen[bytes]:
    """Start it; the caller ends it."""
    command = [sys.executable, "-m", "tests.support.archive_process"]
    return subprocess.Popen([*command, kafka.bootstrap, kafka.prefix, clickhouse.url])


async def main(bootstrap: str, prefix: str, url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    kafka = KafkaAddress(bootstrap, prefix=prefix)
    await serve(ArchiveConfig(kafka, ClickHouseAddress(url), "127.0.0.1", free_port()), stop)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
