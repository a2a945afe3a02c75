"""Sees to it that no two workers of one name are in a group.

Kafka lets the newest of a name in and puts the other out (KIP-345), who would come back and put out
the newest, for good. So who starts looks first, and who has to join again looks before it does.
"""

import asyncio
import logging
import secrets
from pathlib import Path

from agents.reducers.worker.member import Holder, Member, taken_by
from streams.log.interface import AWAY
from streams.log.kafka import KafkaLog

SESSION_S = 6.0  # Kafka's own least (group.min.session.timeout.ms): for so long a dead one is kept
GONE_WITHIN_S = SESSION_S + 2.0  # the coordinator looks for expired sessions a little late
LOOK_EVERY_S = 0.5  # so much later it is noticed that a dead one was let go of
ANSWER_WITHIN_S = 10.0  # as for a replay's questions (streams.log.replay)
TOKEN_BYTES = 8  # 64 bits: no two data folders have the same by chance

log = logging.getLogger(__name__)


class NameTaken(RuntimeError):
    """Another living worker goes by this worker's name."""


def member_of(name: str, folder: Path) -> Member:
    """Who a worker with this name and data folder is; the folder's token is made the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "member"
    if not file.exists():
        file.write_text(secrets.token_hex(TOKEN_BYTES), encoding="ascii")
    return Member(name, file.read_text(encoding="ascii").strip())


class Name:
    """A worker's name in a group, which must be nobody else's."""

    def __init__(
        self, log: KafkaLog, group: str, member: Member, failure: "asyncio.Future[None]"
    ) -> None:
        self._log = log
        self._group = group
        self._member = member
        self._failure = failure

    async def take(self) -> None:
        """Wait until nobody else goes by it: one that is dead is let go of before long.

        Raises:
            NameTaken: another one lives under it.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GONE_WITHIN_S
        while (other := await self._other()) is not None:
            if loop.time() > deadline:
                raise NameTaken(self._text(other))
            log.warning("waiting: a worker at %s is %r so far", other.host, self._member.name)
            await asyncio.sleep(LOOK_EVERY_S)

    async def keep(self) -> None:
        """Look before the group is joined again whether somebody else goes by it.

        If so that is the failure, and this never returns: to join would put the other one out.
        """
        other = await self._other()
        if other is None:
            return
        if not self._failure.done():
            self._failure.set_exception(NameTaken(self._text(other)))
        await asyncio.Event().wait()

    async def _other(self) -> Holder | None:
        """Who else goes by it; nobody as long as the log cannot be asked: it lets nobody join."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                found = await self._log.members(self._group)
        except AWAY as error:
            log.warning("who is in %s cannot be asked: %s", self._group, error or repr(error))
            return None
        return taken_by(self._member, (Holder(*member) for member in found))

    def _text(self, other: Holder) -> str:
        return (
            f"another worker of the group {self._group} goes by the name {self._member.name!r} "
            f"(at {other.host}): give each machine a name of its own by `[kafka] instance`"
        )
