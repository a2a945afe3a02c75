"""Reads the archived log back from ClickHouse, in order, as a stream."""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import IO, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from schemas.addresses import ClickHouseAddress
from schemas.topics import Topic

CHUNK_BYTES = 1 << 20  # some twenty frames: a thread's turn for each costs nothing beside them
# ClickHouse sorts a whole partition before its first byte, and may merge meanwhile; not measured
TIMEOUT_S = 60.0
HEAD = struct.Struct("<Qq")


# The greatest that Kafka has (a signed 64-bit number).
LAST_OFFSET = (1 << 63) - 1


class Fact(NamedTuple):
    """One message of the log as it was: its offset, its time (ms), its key and value."""

    offset: int
    at: int
    key: bytes | None
    value: bytes | None


class Held(NamedTuple):
    """What the archive holds of one partition: how many facts, and the next offset."""

    topic: Topic
    partition: int
    facts: int
    next_offset: int


class Archive:
    """The view `log` of a ClickHouse, which shows no position twice."""

    def __init__(self, address: ClickHouseAddress) -> None:
        self.address = address

    async def version(self) -> tuple[str, int]:
        """Which ClickHouse this is, and what its clock says (ms)."""
        answer = await self._ask("SELECT version(), toUnixTimestamp64Milli(now64(3))", {})
        name, clock = answer.decode().split("\t")
        return name, int(clock)

    async def exists(self) -> bool:
        """Whether anything was ever archived here."""
        found = await self._ask(
            "SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'log'",
            {"database": self.address.database},
        )
        return found.strip() == b"1"

    async def rows(self) -> dict[str, int]:
        """How many rows each of its tables holds; only those that hold any."""
        found = await self._ask(
            "SELECT name, total_rows FROM system.tables "
            "WHERE database = {database:String} AND total_rows > 0 AND name != 'schema_versions' "
            "ORDER BY name FORMAT TSV",
            {"database": self.address.database},
        )
        pairs = (line.split("\t") for line in found.decode().splitlines())
        return {name: int(count) for name, count in pairs}

    async def held(self) -> list[Held]:
        """What its log holds, partition by partition; nothing where there is no such log."""
        if not await self.exists():
            return []
        rows = await self._ask(
            f"SELECT topic, partition, count(), max(offset) + 1 FROM {self._table} "  # noqa: S608
            "GROUP BY topic, partition ORDER BY topic, partition FORMAT TSV",
            {},
        )
        fields = [line.split("\t") for line in rows.decode().splitlines()]
        return [Held(Topic(topic), *map(int, numbers)) for topic, *numbers in fields]

    async def first_missing(self, topic: Topic, partition: int) -> int:
        """The offset of the first fact that a partition lacks."""
        found = await self._ask(
            "SELECT min(place) FROM (SELECT offset, row_number() OVER (ORDER BY offset) - 1 AS "  # noqa: S608
            f"place FROM {self._table} WHERE topic = {{topic:String}} "
            "AND partition = {partition:UInt32}) WHERE offset != place",
            {"topic": str(topic), "partition": str(partition)},
        )
        return int(found)

    async def value(self, topic: Topic, partition: int, offset: int) -> bytes | None:
        """What one fact says."""
        async for facts in self.facts(topic, partition, offset, offset + 1):
            for fact in facts:
                return fact.value
        return None

    async def facts(
        self, topic: Topic, partition: int, start: int = 0, end: int = LAST_OFFSET
    ) -> AsyncIterator[list[Fact]]:
        """Every fact of a partition from an offset up to another, in lists of some thousand."""
        query = (
            "SELECT toUInt64(offset), toInt64(toUnixTimestamp64Milli(at)), "  # noqa: S608
            "CAST(key AS Nullable(String)), CAST(value AS Nullable(String)) "
            f"FROM {self._table} WHERE topic = {{topic:String}} "
            "AND partition = {partition:UInt32} AND offset >= {start:UInt64} "
            "AND offset < {end:UInt64} ORDER BY topic, partition, offset FORMAT RowBinary"
        )
        parameters = {"topic": topic, "partition": partition, "start": start, "end": end}
        request = self._request(query, {name: str(value) for name, value in parameters.items()})
        answer = await asyncio.to_thread(_open, request)
        rest = b""
        with answer:
            while chunk := await asyncio.to_thread(answer.read, CHUNK_BYTES):
                facts, rest = read_facts(rest + chunk)
                yield facts
        if rest:
            raise ConnectionError("ClickHouse broke off in the middle of a fact")

    @property
    def _table(self) -> str:
        return f"{self.address.database}.log"

    async def _ask(self, query: str, parameters: dict[str, str]) -> bytes:
        answer = await asyncio.to_thread(_open, self._request(query, parameters))
        with answer:
            return await asyncio.to_thread(answer.read)

    def _request(self, query: str, parameters: dict[str, str]) -> Request:
        options = {f"param_{name}": value for name, value in parameters.items()}
        request = Request(  # noqa: S310 - the address of the settings, http or https
            f"{self.address.url}/?{urlencode(options)}", data=query.encode(), method="POST"
        )
        request.add_header("X-ClickHouse-User", self.address.user)
        request.add_header("X-ClickHouse-Key", self.address.password)
        return request


class QueryRefused(RuntimeError):
    """ClickHouse answers, but not what is asked; the text is its own."""


def _open(request: Request) -> IO[bytes]:
    try:
        return urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - as above
    except HTTPError as error:
        with error:
            # bytes: what is wrong stands first, then how it came there
            raise QueryRefused(error.read(2_000).decode(errors="replace").strip()) from None


def read_facts(buffer: bytes) -> tuple[list[Fact], bytes]:
    """Read the whole facts at the start of a RowBinary buffer; the rest is given back."""
    facts: list[Fact] = []
    place = 0
    try:
        while place < len(buffer):
            offset, at = HEAD.unpack_from(buffer, place)
            key, after_key = _read_text(buffer, place + HEAD.size)
            value, place_after = _read_text(buffer, after_key)
            facts.append(Fact(offset, at, key, value))
            place = place_after
    except (struct.error, IndexError):
        pass
    return facts, buffer[place:]


def _read_text(buffer: bytes, place: int) -> tuple[bytes | None, int]:
    """Read a Nullable(String): a flag, then the length (LEB128) and the bytes."""
    if buffer[place]:
        return None, place + 1
    place += 1
    length = shift = 0
    while (byte := buffer[place]) & 0x80:
        length |= (byte & 0x7F) << shift
        shift += 7
        place += 1
    length |= byte << shift
    end = place + 1 + length
    if end > len(buffer):
        raise IndexError
    return buffer[place + 1 : end], end
