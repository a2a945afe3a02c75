"""The partners' door: `POST /votes`, signed as in the Standard Webhooks specification."""

from time import monotonic

import orjson

from streams.gateway.answers import Answers
from streams.gateway.ballot_json import BadBallot, read_ballots
from streams.gateway.bodies import Bodies
from streams.gateway.desk import VoteDesk
from streams.gateway.door import Reply, Sender
from streams.gateway.errors import JSON, error, refused
from streams.gateway.rsgi import Headers, Scope, Wire
from streams.gateway.signatures import NotSigned, verify


class PartnerDoor:
    """Takes ballots from partners; `keys` maps their names to the keys that they sign with.

    What was taken is remembered as its number of ballots (0: one that was no list), because the
    receipts follow from the request.
    """

    def __init__(
        self, keys: dict[str, bytes], desk: VoteDesk, bodies: Bodies, remembered: int
    ) -> None:
        self._keys = keys
        self._desk = desk
        self._bodies = bodies
        self._answers: Answers[Reply | int] = Answers(remembered, monotonic)

    async def votes(self, scope: Scope, wire: Wire) -> Reply:
        """Answer `POST /votes`."""
        body = await self._bodies.read(scope, wire)
        now = self._desk.now()
        try:
            sender, sent_at = self._sender(scope.headers, body, now)
        except NotSigned as reason:
            return error(401, reason.reason, reason.detail, field=reason.field)
        answer = await self._answers.once(
            f"{sender.account}\n{sender.request}",
            lambda: self._take(sender, body, sent_at, now),
            _is_lasting,
        )
        return self._accepted(sender, answer) if isinstance(answer, int) else answer

    async def questions(self, scope: Scope, wire: Wire) -> Reply:
        """Answer `POST /questions`: signed like votes, and not taken yet."""
        body = await self._bodies.read(scope, wire)
        try:
            self._sender(scope.headers, body, self._desk.now())
        except NotSigned as reason:
            return error(401, reason.reason, reason.detail, field=reason.field)
        return error(404, "not_taken_yet", "this version takes votes; questions come with a later")

    def _sender(self, headers: Headers, body: bytes, now: int) -> tuple[Sender, int]:
        partner = headers.get("x-tribune-partner") or ""
        key = self._keys.get(partner)
        if key is None:
            raise NotSigned(
                "x-tribune-partner", "unknown_partner", "no partner of this name is in the settings"
            )
        signed = (
            headers.get("webhook-id"),
            headers.get("webhook-timestamp"),
            headers.get("webhook-signature"),
        )
        message_id, sent_s = verify(key, signed, body, now // 1000)
        return Sender("partner", partner, message_id), sent_s * 1000

    async def _take(self, sender: Sender, body: bytes, sent_at: int, now: int) -> Reply | int:
        try:
            is_list, votes = read_ballots(body, sent_at, now)
        except BadBallot as bad:
            return error(400, bad.reason, bad.detail, field=bad.field)
        refusal = await self._desk.take(sender, votes)
        if refusal is not None:
            return refused(refusal, is_list=is_list)
        return len(votes) if is_list else 0

    def _accepted(self, sender: Sender, ballots: int) -> Reply:
        given = self._desk.receipts(sender, ballots or 1)
        body = [{"receipt": each} for each in given] if ballots else {"receipt": given[0]}
        return Reply(200, orjson.dumps(body), JSON, "accepted")


def _is_lasting(answer: Reply | int) -> bool:
    return isinstance(answer, int) or answer.status < 429
