"""ClickHouse as the archive uses it: its schema, the positions it holds, and one batch's insert.

Everything here blocks; the archive calls it in a thread. Any method may raise `AWAY`.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError

from schemas.addresses import ClickHouseAddress
from schemas.dead_letters import DeadLetter
from schemas.tables import VERSIONS, Script, scripts
from schemas.topics import Topic
from streams.archive.batches import Written
from streams.archive.positions import Position
from streams.log.interface import Place

# What ClickHouse raises that is away, or that does not do as it is told.
AWAY = (ClickHouseError, HTTPError, OSError)
# In the same hall it takes milliseconds; `retry_s` follows
CONNECT_TIMEOUT_S = 3
# ClickHouse answers 1 by default since 26: an insert would be said to be done before it is
INSERT_SETTINGS = {"async_insert": 0}
WORD, TIME = "LowCardinality(String)", "DateTime64(3, 'UTC')"
FACT_TYPES = {
    "topic": WORD,
    "partition": "UInt16",
    "offset": "UInt64",
    "at": TIME,
    "key": "Nullable(String)",
    "value": "Nullable(String)",
    "unreadable": WORD,
    "archived_at": TIME,
}
BOARD_TYPES = {"board": WORD, "seq": "UInt64", "value": "String", "archived_at": TIME}
LETTER_TYPES = {
    "topic": WORD,
    "partition": "UInt16",
    "offset": "UInt64",
    "reason": "String",
    "by": WORD,
    "at": TIME,
}


class Store:
    """One ClickHouse; connects when it is first needed, and anew after an error."""

    def __init__(self, address: ClickHouseAddress, timeout_s: int) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._client: Client | None = None

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def prepare(self) -> list[str]:
        """Make what is missing of the schema; returns the names of the scripts that were run."""
        self._make_database()
        client = self._connected()
        client.command(VERSIONS)
        answer = client.query("SELECT name, digest FROM schema_versions FINAL")
        known = {str(name): str(digest) for name, digest in answer.result_rows}
        wanted = [script for script in scripts() if _is_wanted(script, known)]
        for script in wanted:
            for statement in script.statements:
                client.command(statement)
            client.insert(
                "schema_versions", [[script.name, script.digest]], column_names=["name", "digest"]
            )
        return [script.name for script in wanted]

    def _make_database(self) -> None:
        """Make the database; an existing one needs no permission to make one."""
        client, name = self._connected(database=""), self._address.database
        asked = "SELECT count() FROM system.databases WHERE name = {name:String}"
        if not client.query(asked, parameters={"name": name}).result_rows[0][0]:
            client.command(f"CREATE DATABASE IF NOT EXISTS `{name}`")
        self.close()

    def positions(self) -> dict[Place, Position]:
        """What it holds of each partition of the facts.

        A ClickHouse that is killed during an insert may have written the log and not yet what
        unfolds it; the one insert that can be half done is the last one, so it is written once
        more (docs/decisions).
        """
        answer = self._connected().query(
            "SELECT topic, partition, minIf(offset, archived_at = last), max(offset) + 1 "
            "FROM log_rows INNER JOIN "
            "(SELECT topic, partition, argMax(archived_at, offset) AS last FROM log_rows "
            "GROUP BY topic, partition) AS lasts USING (topic, partition) "
            "GROUP BY topic, partition"
        )
        return {
            (Topic(topic), partition): Position(again_from, next_offset)
            for topic, partition, again_from, next_offset in answer.result_rows
        }

    def known_boards(self, since_s: int) -> set[tuple[str, int]]:
        """The boards written in the last so many seconds, by name and number."""
        answer = self._connected().query(
            "SELECT board, seq FROM board_versions "
            "WHERE archived_at > now() - toIntervalSecond({since:UInt32})",
            parameters={"since": since_s},
        )
        return {(board, seq) for board, seq in answer.result_rows}

    def has_letter(self, letter: DeadLetter) -> bool:
        """Whether some letter about the same message is in ClickHouse."""
        answer = self._connected().query(
            "SELECT count() FROM dead_letter_rows WHERE topic = {topic:String} "
            "AND partition = {partition:UInt16} AND offset = {offset:UInt64}",
            parameters={
                "topic": letter.topic,
                "partition": letter.partition,
                "offset": letter.offset,
            },
        )
        return bool(answer.result_rows[0][0])

    def insert(self, written: Written, at_ms: int) -> None:
        """Write a batch; the same batch again changes nothing."""
        facts, boards, heard = written.facts, written.boards, written.heard
        if facts:
            more = [written.reasons, [at_ms] * len(facts)]
            self._insert("log_rows", FACT_TYPES, [*_columns(facts), *more])
        if boards:
            self._insert("board_versions", BOARD_TYPES, [*_columns(boards), [at_ms] * len(boards)])
        if heard:
            rows = [[getattr(letter, name) for name in LETTER_TYPES] for letter in heard]
            self._insert("dead_letter_rows", LETTER_TYPES, _columns(rows))

    def _insert(self, table: str, types: dict[str, str], columns: Sequence[Sequence[Any]]) -> None:
        self._connected().insert(
            table,
            columns,
            column_names=list(types),
            column_type_names=list(types.values()),
            column_oriented=True,
            settings=INSERT_SETTINGS,
        )

    def _connected(self, database: str | None = None) -> Client:
        if self._client is None:
            parts = urlsplit(self._address.url)
            self._client = clickhouse_connect.get_client(
                interface=parts.scheme,
                host=parts.hostname or "127.0.0.1",
                # ClickHouse's own ports for HTTP and HTTPS
                port=parts.port or (8443 if parts.scheme == "https" else 8123),
                username=self._address.user,
                password=self._address.password,
                database=self._address.database if database is None else database,
                connect_timeout=CONNECT_TIMEOUT_S,
                send_receive_timeout=self._timeout_s,
                # beside it or in the same hall: a core compresses more slowly than the network
                # carries
                compress=False,
                autogenerate_session_id=False,
                # closing this client must close its own connections, and only these
                dedicated_pool=True,
                client_name="tribune-archive",
            )
        return self._client


def _is_wanted(script: Script, known: dict[str, str]) -> bool:
    if script.is_step:
        return script.name not in known
    return known.get(script.name) != script.digest


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
