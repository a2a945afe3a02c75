"""The partners' door: `POST /votes`, signed as in the Standard Webhooks specification."""

from functools import partial

from streams.gateway.ballot_json import BadBallot, read_ballots
from streams.gateway.http.errors import JSON, error
from streams.gateway.http.messages import Reply, Request
from streams.gateway.idempotency import Answers
from streams.gateway.intake import VoteIntake
from streams.gateway.refusals import refused
from streams.gateway.votes import Sender, VoteRefused
from streams.signatures import NotSigned, verify


class PartnerDoor:
    """Takes ballots from partners; `keys` maps their names to the keys that they sign with.

    What was taken is remembered as its number of ballots (0: one that was no list), because the
    receipts follow from the request.
    """

    def __init__(self, keys: dict[str, bytes], intake: VoteIntake, remembered: int) -> None:
        self._keys = keys
        self._intake = intake
        self._answers: Answers[Reply | int, Request] = Answers(remembered)

    def votes(self, request: Request) -> None:
        """Answer `POST /votes`."""
        now = self._intake.now()
        try:
            sender, sent_at = self._sender(request, now)
        except NotSigned as reason:
            request.respond(_not_signed(reason))
            return
        name = f"{sender.account}\n{sender.request}"
        kept = self._answers.kept(name)
        if kept is not None:
            request.respond(self._reply(sender, kept))
        elif self._answers.begin(name, request):
            self._work(name, sender, request.body, sent_at, now)

    def questions(self, request: Request) -> Reply:
        """Answer `POST /questions`: signed like votes, and not taken yet."""
        try:
            self._sender(request, self._intake.now())
        except NotSigned as reason:
            return _not_signed(reason)
        return error(404, "not_taken_yet", "this version takes votes, and no questions yet")

    def _work(self, name: str, sender: Sender, body: bytes, sent_at: int, now: int) -> None:
        try:
            is_list, votes = read_ballots(body, sent_at, now)
        except BadBallot as bad:
            self._settle(name, sender, error(400, bad.reason, bad.detail, field=bad.field))
            return
        ballots = len(votes) if is_list else 0
        self._intake.take(sender, votes, partial(self._taken, name, sender, ballots))

    def _sender(self, request: Request, now: int) -> tuple[Sender, int]:
        header = request.headers.get
        partner = header("x-tribune-partner", "")
        key = self._keys.get(partner)
        if key is None:
            raise NotSigned(
                "x-tribune-partner", "unknown_partner", "no partner of this name is in the settings"
            )
        signed = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
        message_id, sent_s = verify(key, signed, request.body, now // 1000)
        return Sender("partner", partner, message_id), sent_s * 1000

    def _taken(self, name: str, sender: Sender, ballots: int, refusal: VoteRefused | None) -> None:
        is_list = ballots > 0
        self._settle(name, sender, refused(refusal, is_list=is_list) if refusal else ballots)

    def _settle(self, name: str, sender: Sender, answer: Reply | int) -> None:
        is_lasting = isinstance(answer, int) or answer.status < 429
        reply = self._reply(sender, answer)
        now = self._intake.now()
        for request in self._answers.settle(name, answer, now, is_lasting=is_lasting):
            request.respond(reply)

    def _reply(self, sender: Sender, answer: Reply | int) -> Reply:
        if not isinstance(answer, int):
            return answer
        given = [
            f'{{"receipt":"{self._intake.receipt(sender, item)}"}}' for item in range(answer or 1)
        ]
        body = f"[{','.join(given)}]" if answer else given[0]
        return Reply(200, body.encode(), JSON, "accepted")


def _not_signed(reason: NotSigned) -> Reply:
    return error(401, reason.reason, reason.detail, field=reason.field)
