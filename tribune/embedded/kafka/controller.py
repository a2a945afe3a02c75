"""Brings users and rights into the embedded log, through its controller.

The controller knows one user, `controller`, whose password is made anew at each start and stands
in a file that only we may read. So the users of the log itself need not be there yet.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NotControllerError,
    SaslAuthenticationFailed,
    for_code,
)

from tribune.embedded.kafka.requests import (
    GiveRights,
    SetPasswords,
    TakeRights,
    Written,
    ask_for_rights,
    rights_in,
)
from tribune.embedded.kafka.rights import Right

CONTROLLER = "controller"
# A JVM on a busy machine takes some seconds; one that takes a minute will not come.
READY_WITHIN_S = 60.0
# It writes users and rights down before it answers: on a busy disk that takes seconds
ANSWER_WITHIN_MS = 10_000
RETRY_S = 0.05  # a start waits for it: so much of it is spent unnoticed
ALLOW = 3
FROM_ANYWHERE = "*"


async def set_users(
    place: tuple[str, int],
    password: Callable[[], str],
    users: dict[str, str],
    wanted: frozenset[Right],
) -> None:
    """Give the users their passwords and rights, and take every other right; waits for the start.

    `password` reads the controller's, which is another one once the broker has begun to start.

    Raises:
        TimeoutError: the controller did not come up.
        KafkaError: it refuses.
    """
    async with asyncio.timeout(READY_WITHIN_S), _controller(place, password) as controller:
        await _when_it_leads(controller, SetPasswords(users))
        found = rights_in(await controller.send(ask_for_rights()))
        rights = {as_kafka_writes(right) for right in wanted}
        if missing := rights - found:
            given: Any = await controller.send(GiveRights(missing))
            _check((code, text) for code, text in given.creation_responses)
        if superfluous := found - rights:
            taken: Any = await controller.send(TakeRights(superfluous))
            _check((code, text) for code, text, _ in taken.filter_responses)


def as_kafka_writes(right: Right) -> Written:
    """A right as it stands in a request."""
    resource, name, pattern, user, operation = right
    return (int(resource), name, int(pattern), f"User:{user}", FROM_ANYWHERE, int(operation), ALLOW)


@asynccontextmanager
async def _controller(
    place: tuple[str, int], password: Callable[[], str]
) -> AsyncGenerator[AIOKafkaConnection]:
    connection = await _connect(place, password)
    try:
        yield connection
    finally:
        connection.close()


async def _connect(place: tuple[str, int], password: Callable[[], str]) -> AIOKafkaConnection:
    logging.getLogger("aiokafka.conn").setLevel(logging.ERROR)  # it warns of PLAIN, here meant so
    host, port = place
    while True:
        try:
            return await create_conn(
                host,
                port,
                request_timeout_ms=ANSWER_WITHIN_MS,
                security_protocol="SASL_PLAINTEXT",
                sasl_mechanism="PLAIN",
                sasl_plain_username=CONTROLLER,
                sasl_plain_password=password(),
            )
        except (OSError, SaslAuthenticationFailed, KafkaConnectionError):
            await asyncio.sleep(RETRY_S)


async def _when_it_leads(controller: AIOKafkaConnection, request: SetPasswords) -> None:
    while True:
        answer: Any = await controller.send(request)
        try:
            _check((code, text) for _, code, text, _ in answer.results)
        except NotControllerError:
            await asyncio.sleep(RETRY_S)
        else:
            return


def _check(outcomes: Any) -> None:
    for code, text in outcomes:
        if code:
            error: type[KafkaError] = for_code(code)
            raise error(text or "no reason given")
