"""The archive as a process of its own, to be killed: `KAFKA EMBEDDED CLICKHOUSE`."""

import asyncio
import signal
import subprocess
import sys

from schemas.addresses import ClickHouseAddress, KafkaAddress
from streams.archive.serve import ArchiveConfig, serve
from tests.support.ports import free_port


def start_archive(kafka: KafkaAddress, clickhouse: ClickHouseAddress) -> subprocess.Popen[bytes]:
    """Start it; the caller ends it."""
    embedded = "embedded" if kafka.embedded else "own"
    command = [sys.executable, "-m", "tests.support.archive_process"]
    return subprocess.Popen([*command, kafka.bootstrap, embedded, clickhouse.url])


async def main(bootstrap: str, embedded: str, url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    kafka = KafkaAddress(bootstrap, embedded=embedded == "embedded")
    await serve(ArchiveConfig(kafka, ClickHouseAddress(url), "127.0.0.1", free_port()), stop)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
