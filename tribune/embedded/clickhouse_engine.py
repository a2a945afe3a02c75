"""The ClickHouse engine (chdb) in this process: a connection per request, and per session."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import chdb
import orjson
from chdb.state.sqlitelike import Connection

from tribune.embedded.clickhouse_ask import Ask
from tribune.embedded.clickhouse_errors import ClickHouseException, from_engine

# Each holds a connection of the engine until it expires; whoever forgets them must not take all
MOST_SESSIONS = 200
# What the engine presets differently from a server; queries run longer only when they ask to.
SERVER_LIKE = {"implicit_select": "0", "max_execution_time": "300"}
# A stand-in has no queue of asynchronous inserts: an answer means that the data is written.
ALWAYS = {"async_insert": "0"}


@dataclass(slots=True)
class Session:
    """A connection that keeps its settings and temporary tables from request to request."""

    connection: Connection
    expires: float
    lock: threading.Lock = field(default_factory=threading.Lock)


class Engine:
    """One data folder, open for as long as this object is; its methods may run in any thread."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = str(path)
        try:
            self._root = chdb.connect(self._path)
        except RuntimeError as error:
            said = "cannot be opened; does another Tribune run on it?"
            raise RuntimeError(f"the embedded ClickHouse: {path} {said} ({error})") from None
        self._sessions: dict[str, Session] = {}
        self._guard = threading.Lock()
        said = ask(self._root, "SELECT version(), timezone(), hostName()").decode()
        self.version, self.timezone, self.host_name = said.strip().split("\t")

    def close(self) -> None:
        """Close every session and the folder."""
        for session in self._sessions.values():
            session.connection.close()
        self._sessions.clear()
        self._root.close()

    def kill(self, query_id: str) -> None:
        """End a running query, as KILL QUERY does."""
        with self._fresh() as connection:
            ask(
                connection,
                f"KILL QUERY WHERE Settings['log_comment'] = {quote(query_id)} ASYNC",
            )

    @contextmanager
    def connection(self, wanted: Ask, *, stateful: bool) -> Generator[Connection]:
        """Lend a connection that is set as the request wants.

        It is the session's own when the request names a session that has a state, or makes one.

        Raises:
            ClickHouseException: a setting is unknown, or the session is missing or in use.
        """
        if wanted.session_id and (stateful or wanted.session_id in self._sessions):
            with self._of_session(wanted) as connection:
                yield connection
            return
        if wanted.session_must_exist and wanted.session_id:
            raise ClickHouseException(372, "SESSION_NOT_FOUND", "Session not found")
        with self._fresh() as connection:
            _use(connection, wanted.database)
            _set(connection, SERVER_LIKE | wanted.settings | ALWAYS, wanted)
            if wanted.readonly:
                ask(connection, "SET readonly = 2")
            yield connection

    @contextmanager
    def _fresh(self) -> Generator[Connection]:
        connection = chdb.connect(self._path)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _of_session(self, wanted: Ask) -> Generator[Connection]:
        session = self._session(wanted)
        # not waited for: ClickHouse answers so too, and a waiting thread would be one fewer
        if not session.lock.acquire(blocking=False):
            raise ClickHouseException(
                373, "SESSION_IS_LOCKED", f"Session {wanted.session_id} is locked by a client"
            )
        try:
            before = _state(session.connection, wanted.settings)
            _use(session.connection, wanted.database)
            _set(session.connection, wanted.settings | ALWAYS, wanted)
            try:
                yield session.connection
            finally:
                _restore(session.connection, before, keep_database=not wanted.database)
        finally:
            session.expires = time.monotonic() + wanted.session_timeout_s
            session.lock.release()

    def _session(self, wanted: Ask) -> Session:
        with self._guard:
            self._expire()
            session = self._sessions.get(wanted.session_id)
            if session is not None:
                return session
            if wanted.session_must_exist:
                raise ClickHouseException(372, "SESSION_NOT_FOUND", "Session not found")
            if len(self._sessions) >= MOST_SESSIONS:
                raise ClickHouseException(290, "LIMIT_EXCEEDED", "Too many sessions are open")
            connection = chdb.connect(self._path)
            _set(connection, SERVER_LIKE, wanted)
            session = Session(connection, time.monotonic() + wanted.session_timeout_s)
            self._sessions[wanted.session_id] = session
            return session

    def _expire(self) -> None:
        now = time.monotonic()
        for name, session in list(self._sessions.items()):
            if session.expires < now and session.lock.acquire(blocking=False):
                del self._sessions[name]
                session.connection.close()


def ask(connection: Connection, sql: str, written: str = "TabSeparated") -> bytes:
    """Run a statement whose answer is small.

    Raises:
        ClickHouseException: as the engine raised it.
    """
    try:
        return bytes(connection.query(sql, written).bytes())
    except RuntimeError as error:
        raise from_engine(str(error)) from None


def quote(value: str) -> str:
    """A string literal of ClickHouse."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(name: str) -> str:
    """An identifier of ClickHouse."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _use(connection: Connection, database: str) -> None:
    if database:
        ask(connection, f"USE {quote_name(database)}")


def _set(connection: Connection, settings: Mapping[str, str], wanted: Ask) -> None:
    named = {"log_comment": wanted.query_id} | {
        name: value for name, value in settings.items() if name != "log_comment"
    }
    named |= {f"param_{name}": value for name, value in wanted.parameters.items()}
    for name in named:
        if not name.replace("_", "").replace(".", "").isalnum() or not name.isascii():
            raise ClickHouseException(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'")
    said = ", ".join(f"{name} = {quote(value)}" for name, value in named.items())
    ask(connection, f"SET {said}")


def _state(connection: Connection, settings: Mapping[str, str]) -> list[str]:
    """The statements that put back the database and these settings as they are now."""
    names = ", ".join(quote(name) for name in settings) or "''"
    said = ask(
        connection,
        "SELECT name, value, changed, currentDatabase() FROM system.settings "  # noqa: S608
        f"WHERE name IN ({names}, 'log_comment')",
        "JSONCompactEachRow",
    )
    rows = [orjson.loads(line) for line in said.splitlines()]
    back = [f"USE {quote_name(rows[0][3])}"]
    for name, value, changed, _ in rows:
        back.append(f"SET {name} = {quote(value) if changed else 'DEFAULT'}")
    return back


def _restore(connection: Connection, before: list[str], *, keep_database: bool) -> None:
    for statement in before:
        if not (keep_database and statement.startswith("USE ")):
            ask(connection, statement)
