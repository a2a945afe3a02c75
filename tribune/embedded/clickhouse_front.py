"""ClickHouse's HTTP interface over the embedded engine, from a request to its answer."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from typing import BinaryIO, cast

from aiohttp import BodyPartReader, web

from tribune.embedded import clickhouse_answer as answer
from tribune.embedded import clickhouse_codecs as codecs
from tribune.embedded.clickhouse_ask import TRUE, Ask, refusal, take_external, understand
from tribune.embedded.clickhouse_body import Body, Pipe, open_pipe
from tribune.embedded.clickhouse_engine import Engine
from tribune.embedded.clickhouse_errors import ClickHouseException
from tribune.embedded.clickhouse_run import Run, Summary

# A thread each, and more than two cores can work on at once
MOST_REQUESTS = 64
# Half, so that reading never keeps the archive from writing
MOST_READS = 32
# As long as a client may take nothing (clickhouse_answer.CLIENT_WAIT_S)
BODY_WAIT_S = 60.0
# A form is held in memory, unlike a body
FORM_BYTES = 64 << 20
# KILL QUERY finds no query that has not begun yet: it is said again until it has ended
KILL_AGAIN_S = 0.5
HELP = """There is no handle {path}

Use / or /ping for health checks.

Send queries from your program with POST method or GET /?query=...

For example: curl '{url}' --data-binary 'SELECT 1'
"""


class Front:
    """Answers requests; `drain` ends it in order."""

    def __init__(self, engine: Engine, own_hosts: frozenset[str]) -> None:
        self._engine = engine
        self._own_hosts = own_hosts
        self._threads = ThreadPoolExecutor(MOST_REQUESTS + 2, "clickhouse")
        self._reads = threading.Semaphore(MOST_READS)
        self._running: dict[str, tuple[Run, asyncio.Future[Summary]]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._draining = False
        self._server = {
            "X-ClickHouse-Server-Display-Name": engine.host_name,
            "X-ClickHouse-Timezone": engine.timezone,
        }

    def app(self) -> web.Application:
        """The addresses that ClickHouse answers."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/ping", _ok)
        app.router.add_get("/replicas_status", _ok)
        app.router.add_get("/", self._get)
        app.router.add_post("/", self._post)
        app.router.add_route("*", "/{path:.*}", _no_handle)
        return app

    async def drain(self, within_s: float) -> None:
        """Take no more requests, let what is being written end, and stop what is being read."""
        self._draining = True
        waiting = [future for run, future in self._running.values() if not run.reading]
        if waiting:
            await asyncio.wait(waiting, timeout=within_s)
        for query_id, (run, future) in list(self._running.items()):
            run.abandoned = True
            # 2 s, within what is left of the supervisor's patience
            await self._stop(query_id, future, tries=4)
        self._threads.shutdown(wait=False, cancel_futures=True)

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        reason = refusal(request.headers, self._own_hosts)
        if reason is not None:
            error = ClickHouseException(497, "ACCESS_DENIED", reason)
            return answer.failure({}, None, error, self._engine.version)
        return await handler(request)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return await (self._query(request) if "query" in request.query else _ok(request))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        return await self._query(request)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        wanted: Ask | None = None
        try:
            wanted = understand(
                list(request.query.items()), request.headers, writes=request.method == "POST"
            )
            if wanted.settings.get("enable_http_compression", "0") in TRUE:
                wanted.answer_encoding = codecs.choose(request.headers.get("Accept-Encoding", ""))
            self._admit(wanted)
            return await self._run(request, wanted, await self._body(request, wanted))
        except ClickHouseException as error:
            return answer.failure(self._server, wanted, error, self._engine.version)

    def _admit(self, wanted: Ask) -> None:
        if self._draining:
            raise ClickHouseException(236, "ABORTED", "The server is shutting down")
        if len(self._running) >= MOST_REQUESTS:
            raise ClickHouseException(
                202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Too many simultaneous queries"
            )
        if wanted.query_id in self._running:
            raise ClickHouseException(
                216,
                "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING",
                f"Query with id = {wanted.query_id} is already running.",
            )

    async def _body(self, request: web.Request, wanted: Ask) -> BinaryIO:
        if request.content_type.startswith("multipart/"):
            await _take_form(request, wanted)
            return BytesIO()
        loop = asyncio.get_running_loop()
        return cast(BinaryIO, Body(loop, request.content, BODY_WAIT_S))

    async def _run(self, request: web.Request, wanted: Ask, body: BinaryIO) -> web.StreamResponse:
        pipe, write_fd = await open_pipe()
        encoding = request.headers.get("Content-Encoding", "")
        run = Run(self._engine, wanted, body, encoding, write_fd, self._reads)
        future = asyncio.get_running_loop().run_in_executor(self._threads, run)
        self._running[wanted.query_id] = run, future
        future.add_done_callback(partial(self._forget, wanted.query_id))
        try:
            return await self._answer(request, wanted, run, pipe, future)
        finally:
            pipe.close()
            # what reads is ended for who has gone; what writes is written to its end
            if not future.done() and run.reading:
                run.abandoned = True
                task = asyncio.create_task(self._stop(wanted.query_id, future))
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)

    async def _answer(
        self,
        request: web.Request,
        wanted: Ask,
        run: Run,
        pipe: Pipe,
        future: asyncio.Future[Summary],
    ) -> web.StreamResponse:
        most = float("inf") if wanted.whole_answer else answer.ONE_PIECE_BYTES
        held, ended = await pipe.hold(most)
        with held:
            summary = await asyncio.shield(future) if ended else Summary()
            said = answer.headers(self._server, wanted, run.format or wanted.format)
            said["X-ClickHouse-Summary"] = answer.summary_header(summary)
            if ended and held.tell() <= answer.ONE_PIECE_BYTES:
                return answer.whole(said, wanted, held)
            stream = answer.Stream(request, said, wanted, self._engine.version)
            await stream.send(held, None if ended else pipe)
        try:
            # a client that goes away must not cancel an insert that is half done
            await asyncio.shield(future)
        except ClickHouseException as error:
            await stream.fail(error)
        else:
            await stream.end()
        return stream.response

    def _forget(self, query_id: str, future: asyncio.Future[Summary]) -> None:
        self._running.pop(query_id, None)
        if not future.cancelled():
            future.exception()

    # 600: five minutes, which is max_execution_time of the engine
    async def _stop(self, query_id: str, future: asyncio.Future[Summary], tries: int = 600) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(tries):
            if future.done():
                break
            await loop.run_in_executor(self._threads, self._engine.kill, query_id)
            await asyncio.wait([future], timeout=KILL_AGAIN_S)


async def _take_form(request: web.Request, wanted: Ask) -> None:
    room = FORM_BYTES
    tables: list[tuple[str, bytes]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        data = bytearray()
        while piece := await part.read_chunk():
            data += piece
            room -= len(piece)
            if room < 0:
                raise ClickHouseException(
                    229, "QUERY_IS_TOO_LARGE", f"A form of more than {FORM_BYTES} bytes"
                )
        if part.filename is not None:
            tables.append((part.name, bytes(data)))
        elif part.name == "query":
            wanted.query += bytes(data)
        elif part.name.startswith("param_"):
            wanted.parameters[part.name.removeprefix("param_")] = data.decode()
        else:
            wanted.settings[part.name] = data.decode()
    for name, data in tables:
        take_external(wanted, name, data)


async def _ok(request: web.Request) -> web.StreamResponse:
    return web.Response(text="Ok.\n", content_type="text/html")


async def _no_handle(request: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text=HELP.format(path=request.path, url=request.url.origin()))
