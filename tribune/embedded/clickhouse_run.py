"""Runs one request's statement in a thread of its own; the answer goes through a pipe."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from chdb.state.sqlitelike import Connection

from tribune.embedded import clickhouse_codecs as codecs
from tribune.embedded.clickhouse_ask import Ask, External
from tribune.embedded.clickhouse_engine import Engine, ask, quote_name
from tribune.embedded.clickhouse_errors import ClickHouseException, from_engine
from tribune.embedded.clickhouse_sql import Statement, local_access, parse

# ClickHouse's max_query_size: what is parsed before the data of an INSERT
HEAD_BYTES = 256 << 10
# A statement without data may be a list of many ids; it is held in memory twice
QUERY_BYTES = 16 << 20
# As ClickHouse's own buffer (DBMS_DEFAULT_BUFFER_SIZE)
PIECE_BYTES = 1 << 20
# ErrorCodes.cpp of ClickHouse
SYNTAX_ERROR = 62
SESSION_VERBS = (b"SET", b"USE")
# codes and names as in ErrorCodes.cpp of ClickHouse
PROBLEMS = {
    "empty": (62, "SYNTAX_ERROR", "Syntax error: Empty query"),
    "multi": (62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)"),
    "outfile": (358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE is not allowed"),
    "infile": (78, "UNKNOWN_TYPE_OF_QUERY", "Query has infile and was sent directly to server"),
    "input": (48, "NOT_IMPLEMENTED", "The embedded ClickHouse does no INSERT ... FROM input()"),
    "shutdown": (
        497,
        "ACCESS_DENIED",
        "The embedded ClickHouse ends with `tribune up`, not by SQL",
    ),
}
READONLY = (
    164,
    "READONLY",
    "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
    "You should use method POST for modifying queries",
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a statement did: the numbers of `X-ClickHouse-Summary`."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    elapsed_ns: int = 0


@dataclass(slots=True)
class Run:
    """A statement on its way: call it in a thread; it closes `answer_fd` when all is said.

    `format` is known once the statement is understood, before the first byte of the answer;
    `reading` is true while a statement runs that may be ended without harm; `abandoned` says that
    nobody waits for its answer any more.
    """

    engine: Engine
    wanted: Ask
    packed: BinaryIO
    encoding: str
    answer_fd: int
    reads: threading.Semaphore
    format: str = ""
    reading: bool = False
    abandoned: bool = False

    def __call__(self) -> Summary:
        """Run it.

        Raises:
            ClickHouseException: it failed, perhaps after a part of the answer was written.
        """
        try:
            body = codecs.reader(self.encoding, self.packed)
            statement, head = self._understand(body)
            self.format = statement.format or self.wanted.format
            with self.engine.connection(
                self.wanted, stateful=statement.touches_session
            ) as connection:
                for table in self.wanted.externals:
                    _make(connection, table)
                if statement.data_from is not None:
                    return _insert(connection, statement, head[statement.data_from :], body)
                return self._answer(connection, statement)
        finally:
            os.close(self.answer_fd)

    def _understand(self, body: BinaryIO) -> tuple[Statement, bytes]:
        url = self.wanted.query + b"\n" if self.wanted.query else b""
        head = url + codecs.read(body, HEAD_BYTES)
        statement = parse(head)
        if statement.data_from is None and len(head) >= HEAD_BYTES:
            head += codecs.read(body, QUERY_BYTES)
            if len(head) > QUERY_BYTES:
                raise ClickHouseException(
                    229, "QUERY_IS_TOO_LARGE", f"Query is longer than {QUERY_BYTES} bytes"
                )
            statement = parse(head)
        _check(statement, self.wanted)
        return statement, head

    def _answer(self, connection: Connection, statement: Statement) -> Summary:
        if not self.reads.acquire(blocking=False):
            raise ClickHouseException(
                202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many simultaneous queries"
            )
        self.reading = statement.answer_at is not None
        try:
            if self.abandoned:
                raise ClickHouseException(394, "QUERY_WAS_CANCELLED", "Query was cancelled")
            if statement.answer_at is not None:
                with suppress(_NotHere):
                    return self._stream(connection, statement)
            result = _query(connection, statement.text, self.wanted.format)
            _write(self.answer_fd, result.bytes())
            return _summary(result)
        finally:
            self.reads.release()

    def _stream(self, connection: Connection, statement: Statement) -> Summary:
        text, at = statement.text, statement.answer_at
        out = b"\nINTO OUTFILE '/dev/fd/%d' TRUNCATE\n" % self.answer_fd
        sql = text[:at] + out + text[at:]
        try:
            return _summary(_query(connection, sql, self.wanted.format))
        except ClickHouseException as error:
            # The engine must word an error of the statement as it was asked, and some statements
            # take no INTO OUTFILE: nothing has run when it cannot be parsed.
            if error.code == SYNTAX_ERROR:
                raise _NotHere from None
            raise


class _NotHere(Exception):
    """The statement cannot be answered through the pipe."""


def _check(statement: Statement, wanted: Ask) -> None:
    if statement.problem is not None:
        raise ClickHouseException(*PROBLEMS[statement.problem])
    if name := local_access(statement):
        said = f"{name}(): the embedded ClickHouse keeps queries out of this machine's files"
        raise ClickHouseException(481, "PATH_ACCESS_DENIED", f"{said}; send the data with INSERT")
    answers = statement.answer_at is not None or statement.verb in SESSION_VERBS
    if wanted.readonly and not answers:
        raise ClickHouseException(*READONLY)


def _insert(connection: Connection, statement: Statement, begun: bytes, body: BinaryIO) -> Summary:
    try:
        inserter = connection.send_insert(statement.text.decode(), statement.format)
    except RuntimeError as error:
        raise from_engine(str(error)) from None
    with inserter:
        try:
            piece = begun or codecs.read(body, PIECE_BYTES)
            while piece:
                inserter.append(piece)
                piece = codecs.read(body, PIECE_BYTES)
            done = inserter.finish()
        except RuntimeError as error:
            raise from_engine(str(error)) from None
    return Summary(
        written_rows=done.rows_written,
        written_bytes=done.bytes_written,
        elapsed_ns=int(done.elapsed * 1e9),
    )


def _make(connection: Connection, table: External) -> None:
    name = quote_name(table.name)
    ask(connection, f"CREATE TEMPORARY TABLE {name} ({table.structure})")
    try:
        with connection.send_insert(f"INSERT INTO {name}", table.format) as inserter:
            inserter.append(table.data)
            inserter.finish()
    except RuntimeError as error:
        raise from_engine(str(error)) from None


def _query(connection: Connection, sql: bytes, written: str) -> Any:
    try:
        return connection.query(cast(str, sql), written)  # bytes, too: a literal may hold any
    except RuntimeError as error:
        raise from_engine(str(error)) from None


def _summary(result: Any) -> Summary:
    return Summary(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
        elapsed_ns=int(result.elapsed() * 1e9),
    )


def _write(pipe: int, answer: bytes) -> None:
    rest = memoryview(answer)
    while rest:
        rest = rest[os.write(pipe, rest) :]
