"""`tribune doctor`: what would fail tonight, each in a line with what to do."""

import asyncio
import ctypes
import os
import resource
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Literal

from schemas.catalogue import ROLES
from tribune.doctor.devices import find_devices
from tribune.doctor.servers import ClickHouseFound, KafkaFound, find_clickhouse, find_kafka
from tribune.embedded.kafka import runtime
from tribune.settings.secret import secret_path
from tribune.settings.shape import Settings
from tribune.settings.stage import stage_devices
from tribune.supervise.ports import taken_ports
from tribune.supervise.rundir import holder

# A million ballots are 100 MB in the log and 22 MB in ClickHouse (measured); slides some hundred
LOW_DISK_BYTES = 1 << 30
# ClickHouse merges into new files before it removes the old ones
SCARCE_DISK_BYTES = 5 << 30
# 128 bits, were they random
GOOD_KEY = 16
# A round's close and a signature's freshness bear it; a countdown that is a second off is seen
MOST_CLOCK_OFFSET_MS = 1_000
# As streams.running asks for, and what the log and the libraries open beside it
SPARE_FILES = 1_024
# <sys/timex.h>: the clock is not synchronised
TIME_ERROR = 5
# struct timex has 208 bytes on 64 bits; nothing in it is read here
TIMEX_BYTES = 512


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: whether it is well, would fail, or is worth knowing."""

    state: Literal["ok", "note", "FAIL"]
    text: str

    @property
    def ok(self) -> bool:
        """Whether the evening can go on with this."""
        return self.state != "FAIL"

    def __str__(self) -> str:
        return f"{self.state:<5} {self.text}"


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that the settings name."""
    checks = (_settings, _data, _key, _ports, _kafka, _clickhouse, _clock, _devices, _files)
    return list(chain.from_iterable(check(settings) for check in checks))


def _settings(settings: Settings) -> Iterator[Finding]:
    origin = str(settings.file) if settings.file else "no tribune.toml here"
    doors = [*(f"wechat.{name}" for name in settings.wechat)]
    doors += [f"webhook.{name}" for name in settings.webhook]
    yield Finding("ok", f"settings: {origin}, and the environment")
    if not doors:
        yield Finding(
            "note", "doors: only the public page; add [wechat.ACCOUNT], [webhook.PARTNER]"
        )
    else:
        yield Finding("ok", f"doors: the public page, {', '.join(doors)}")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = _nearest(settings.data)
    if not os.access(folder, os.W_OK):
        yield Finding("FAIL", f"data: {folder} cannot be written; set `data` to a folder of yours")
        return
    free = shutil.disk_usage(folder).free
    text = f"data: {settings.data.absolute()}, {free / (1 << 30):.1f} GB free"
    if free < LOW_DISK_BYTES:
        yield Finding("FAIL", f"{text}: too little for an evening; free some, or set `data`")
    else:
        yield Finding("note" if free < SCARCE_DISK_BYTES else "ok", text)


def _nearest(path: Path) -> Path:
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _key(settings: Settings) -> Iterator[Finding]:
    if key := settings.secrets.key:
        weak = len(key) < GOOD_KEY
        advice = ": short; `openssl rand -base64 32` makes a good one" if weak else ""
        yield Finding("note" if weak else "ok", f"secret: of the settings{advice}")
        return
    path = secret_path(settings)
    if not path.exists():
        yield Finding("ok", f"secret: will be made at the first start, in {path}")
    # 0o077: anything for group or others
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("FAIL", f"secret: others may read {path}; do: chmod 600 {path}")
    else:
        yield Finding("ok", f"secret: {path}; keep a copy: without it no old number can be proved")


def _ports(settings: Settings) -> Iterator[Finding]:
    running = holder(settings.run_dir)
    if running is not None:
        yield Finding("ok", f"ports: in use by the `tribune up` that runs (process {running})")
        return
    names = [
        *ROLES,
        *([] if settings.own_kafka else ["broker", "broker_controller"]),
        *(["clickhouse"] if settings.clickhouse is None else []),
    ]
    taken = taken_ports(settings, names)
    for problem in taken:
        yield Finding("FAIL", problem)
    if not taken:
        yield Finding("ok", f"ports: {len(names)} of them are free")


def _kafka(settings: Settings) -> Iterator[Finding]:
    if not settings.own_kafka:
        yield from _embedded()
        return
    match asyncio.run(find_kafka(settings)):
        case KafkaFound(brokers=brokers) as found:
            servers = "1 broker" if brokers == 1 else f"{brokers} brokers"
            yield Finding("ok", f"log: Kafka at {settings.kafka.bootstrap}, {servers}")
            yield from (Finding("FAIL", f"log: {problem}") for problem in found.problems)
            # 3: one may be lost with replication 3 and min ISR 2
            if brokers < 3:
                yield Finding("note", "log: with fewer than 3 brokers, losing one stops the votes")
        case str(problem):
            yield Finding("FAIL", f"log: Kafka at {settings.kafka.bootstrap}: {problem}")


def _embedded() -> Iterator[Finding]:
    try:
        runtime.java_program()
        runtime.class_path()
    except runtime.NoKafka as error:
        yield Finding("FAIL", f"log: {error}")
    else:
        yield Finding("ok", f"log: the embedded Apache Kafka {runtime.kafka_folder().name}")
        yield Finding("note", "log: one broker on one machine: losing it stops the votes")


def _clickhouse(settings: Settings) -> Iterator[Finding]:
    if settings.clickhouse is None and holder(settings.run_dir) is None:
        yield Finding("ok", f"archive: the embedded ClickHouse (chdb {version('chdb')})")
        return
    match find_clickhouse(settings):
        case ClickHouseFound(version=found, url=url, clock_offset_ms=offset_ms):
            yield Finding("ok", f"archive: ClickHouse {found} at {url}")
            far = abs(offset_ms) > MOST_CLOCK_OFFSET_MS
            advice = "; set both by NTP" if far else ""
            text = f"clock: ClickHouse is {offset_ms:+d} ms from this machine{advice}"
            yield Finding("note" if far else "ok", text)
        case str(problem):
            yield Finding("FAIL", f"archive: {problem}")


def _clock(_: Settings) -> Iterator[Finding]:
    if sys.platform != "linux":
        yield Finding("note", "clock: check that this machine sets its clock by NTP")
    elif ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)) == TIME_ERROR:
        yield Finding(
            "note",
            "clock: no NTP keeps this machine's clock; partners' signatures are refused when it is "
            "5 minutes off. Do: timedatectl set-ntp true (or let the host do it)",
        )
    else:
        yield Finding("ok", "clock: kept by NTP")


def _devices(settings: Settings) -> Iterator[Finding]:
    if not settings.stage:
        yield Finding("note", "devices: none is set; microphones need [stage.NAME]")
    for device in asyncio.run(find_devices(stage_devices(settings))):
        kind = settings.stage[device.name].__struct_config__.tag
        what = f"devices: {device.name} ({kind})"
        if device.is_open is None:
            why = device.problem or "does not answer"
            yield Finding("FAIL", f"{what} {why}; see [stage.{device.name}]")
        else:
            yield Finding("ok", f"{what} answers; it is {'open' if device.is_open else 'off'} now")
    if settings.stage and all(device.backup for device in settings.stage.values()):
        yield Finding("FAIL", "devices: all are backups; one must be cut by itself")


def _files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.limits.connections + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        yield Finding(
            "note",
            f"open files: at most {hard:,}, fewer than [limits] connections asks for; "
            f"raise it (ulimit -Hn {wanted}), or lower connections",
        )
    else:
        yield Finding("ok", "open files: enough for [limits] connections")


def all_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing would fail."""
    return all(finding.ok for finding in findings)
