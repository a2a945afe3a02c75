"""A console as a test's subject; its client holds every answer against the API's own document."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from dashboards.api.app import api_document
from dashboards.api.web.errors import Error
from dashboards.api.web.openapi import SHAPES
from dashboards.serve import ConsoleConfig, serve
from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.topics import Topic
from streams.tokens import Role, issue
from tests.support.ports import free_port
from tests.support.secret import SECRET

READY_WITHIN_S = 15.0
SHAPE_BY_NAME: dict[str, Any] = {shape.__name__: shape for shape in SHAPES}


def console_config(kafka: KafkaAddress, port: int) -> ConsoleConfig:
    return ConsoleConfig(
        host="127.0.0.1",
        port=port,
        kafka=kafka,
        clickhouse=ClickHouseAddress("http://127.0.0.1:9"),
        secret=SECRET,
        gateway_port=18081,
        push_port=18082,
        public_host="vote.example.org",
    )


def bearer(role: Role = "operator") -> dict[str, str]:
    return {"Authorization": f"Bearer {issue(SECRET, role, int(time.time()))}"}


class Checked(httpx.AsyncClient):
    """Fails on any answer of the API that its own document does not foresee."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = await super().send(request, **options)
        path = request.url.path
        is_described = path.startswith("/api/") and path != "/api/openapi.json"
        if is_described and request.method not in ("HEAD", "OPTIONS"):
            self._check(request.method, path, answer)
        return answer

    def _check(self, method: str, path: str, answer: httpx.Response) -> None:
        if answer.status_code >= 400:
            msgspec.json.decode(answer.content, type=Error)
        operation = self._operation(method, path)
        if operation is None:
            assert answer.status_code in (403, 404, 405), (method, path, answer.status_code)
            return
        declared = operation["responses"].get(str(answer.status_code))
        assert declared, f"{method} {path} answers {answer.status_code}, which is not declared"
        if not (contents := declared.get("content")):
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in contents, f"{media_type} is not declared"
        if media_type == "application/json":
            _check_shape(answer.content, contents[media_type]["schema"])

    def _operation(self, method: str, path: str) -> Any:
        for template, operations in api_document()["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return operations.get(method.lower())
        return None


def _check_shape(content: bytes, schema: dict[str, Any]) -> None:
    """Decode an answer as its shape says, or as one of its shapes."""
    failures: list[msgspec.ValidationError] = []
    for one in schema.get("oneOf", [schema]):
        try:
            msgspec.json.decode(content, type=_shape(one))
        except msgspec.ValidationError as error:
            failures.append(error)
        else:
            return
    raise ExceptionGroup("no shape fits", failures)


def _shape(schema: dict[str, Any]) -> Any:
    if schema.get("type") == "array":
        return list[_shape(schema["items"])]  # type: ignore[misc]
    return SHAPE_BY_NAME[schema["$ref"].rsplit("/", 1)[1]]


@asynccontextmanager
async def running_console(
    kafka: KafkaAddress, *, ready: bool = True, **settings: Any
) -> AsyncGenerator[Checked]:
    """A console with its own settings, and an operator's client; ended with the block."""
    port, stop = free_port(), asyncio.Event()
    config = replace(console_config(kafka, port), **settings)
    task = asyncio.create_task(serve(config, stop))
    async with Checked(base_url=f"http://127.0.0.1:{port}", headers=bearer(), timeout=20) as client:
        try:
            await answering(client, task, status=200 if ready else None)
            yield client
        finally:
            stop.set()
            await task


async def answering(
    client: httpx.AsyncClient, task: "asyncio.Task[None]", status: int | None
) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if task.done():
            task.result()
        try:
            answer = await client.get("/healthz")
            if status in (None, answer.status_code):
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.05)
    raise TimeoutError("the console is not ready")


async def messages(kafka: KafkaAddress, topic: Topic) -> list[dict[str, Any]]:
    """Every message of a topic of one partition, parsed."""
    consumer: Any = AIOKafkaConsumer(
        **kafka.client_options(), auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partition = TopicPartition(kafka.topic(topic), 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[dict[str, Any]] = []
        while len(found) < end:
            batches = await consumer.getmany(timeout_ms=200)
            found += [msgspec.json.decode(r.value) for rs in batches.values() for r in rs]
        return found
    finally:
        await consumer.stop()
