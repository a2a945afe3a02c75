"""Takes votes from every door: judges, counts against the limits, writes, gives receipts."""

import asyncio
from collections.abc import Callable, Sequence

from schemas.ballots import Ballot
from streams.gateway.ballot_limits import BallotLimits
from streams.gateway.folds import Folds
from streams.gateway.frames import Done, Frames
from streams.gateway.judging import judge
from streams.gateway.pseudonyms import Pseudonyms, voter_name
from streams.gateway.receipts import receipt
from streams.gateway.votes import Sender, Vote, VoteRefused

# 1 s: half of the queue is acked by then (GatewayLimits.queue_ballots)
QUEUE_FULL = VoteRefused(
    503, "queue_full", "too many ballots wait for the log; send it again", retry_after_s=1
)


class VoteIntake:
    """The one intake of a gateway (streams.gateway.votes.Intake).

    `unready` says why nothing can be taken now, or None.
    """

    def __init__(
        self,
        *,
        folds: Folds,
        unready: Callable[[], VoteRefused | None],
        limits: BallotLimits,
        pseudonyms: Pseudonyms,
        receipt_key: bytes,
        frames: Frames,
        now: Callable[[], int],
    ) -> None:
        self.broadcasts = folds.broadcasts
        self.now = now
        self._boards = folds.boards
        self.unready = unready
        self._limits = limits
        self._pseudonyms = pseudonyms
        self._receipt_key = receipt_key
        self._frames = frames

    def board(self, board: str) -> bytes | None:
        """The latest board of an id, as the log has it."""
        return self._boards.get(board)

    async def cast(self, sender: Sender, votes: Sequence[Vote]) -> list[str] | VoteRefused:
        """Take votes whole or not at all; the receipts come after the log has every one."""
        taken: asyncio.Future[VoteRefused | None] = asyncio.get_running_loop().create_future()

        def done(refused: VoteRefused | None) -> None:
            if not taken.done():
                taken.set_result(refused)

        self.take(sender, votes, done)
        refused = await taken
        return refused or [self.receipt(sender, item) for item in range(len(votes))]

    def take(self, sender: Sender, votes: Sequence[Vote], done: Done) -> None:
        """As `cast`, for who goes on meanwhile; `done` hears of a refusal, or None of the ack."""
        now, door, account = self.now(), sender.door, sender.account
        # judged first: what is refused takes nothing of anybody's limit
        refused = self.unready() or judge(self.broadcasts, door, votes, now)
        if refused is not None:
            done(refused)
            return
        voters = [voter_name(door, account, vote.voter) for vote in votes]
        refused = self._limits.take(sender, voters, now)
        if refused is not None:
            done(refused)
            return
        if not self._frames.put(door, self._ballots(sender, votes, voters), done):
            done(QUEUE_FULL)

    def receipt(self, sender: Sender, item: int) -> str:
        """The receipt of a ballot of a request that was taken."""
        return receipt(self._receipt_key, sender.source, sender.request, item)

    def _ballots(
        self, sender: Sender, votes: Sequence[Vote], voters: Sequence[bytes]
    ) -> list[Ballot]:
        source, pseudonym = sender.source, self._pseudonyms.of
        return [
            Ballot(
                vote.round,
                vote.unit,
                pseudonym(vote.round, voter),
                int(vote.choice),
                vote.created_at,
                source,
            )
            for vote, voter in zip(votes, voters, strict=True)
        ]
