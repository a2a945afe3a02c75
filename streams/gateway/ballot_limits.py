"""The limits of the settings, in ballots: each voter's a minute, each partner's a second."""

from collections.abc import Sequence

from streams.gateway.config import GatewayLimits
from streams.gateway.door import Refused, Sender, Vote
from streams.gateway.limits import Limit, tally
from streams.gateway.pseudonyms import voter_number

MINUTE_MS = 60_000
SECOND_MS = 1_000
REMEMBERED_PARTNERS = 1_000


class BallotLimits:
    """Counts by pseudonyms of its own: `key` is made at the start and never leaves the process."""

    def __init__(self, limits: GatewayLimits, key: bytes) -> None:
        self._key = key
        self._voters: Limit[int] = Limit(
            limits.per_voter_per_minute, MINUTE_MS, limits.remembered_voters
        )
        self._partners: Limit[str] = Limit(
            limits.per_partner_per_second, SECOND_MS, REMEMBERED_PARTNERS
        )

    def take(self, sender: Sender, votes: Sequence[Vote], now: int) -> Refused | None:
        """Count votes, or refuse all of them and count none."""
        if sender.door == "partner":
            wait_ms = self._partners.wait_ms(sender.account, len(votes), now)
            if wait_ms:
                return _too_many("from this partner in a second", wait_ms)
        voters = tally(
            [voter_number(self._key, sender.door, sender.account, vote.voter) for vote in votes]
        )
        for voter, count in voters.items():
            wait_ms = self._voters.wait_ms(voter, count, now)
            if wait_ms:
                return _too_many("of one voter in a minute", wait_ms)
        for voter, count in voters.items():
            self._voters.take(voter, count, now)
        if sender.door == "partner":
            self._partners.take(sender.account, len(votes), now)
        return None


def _too_many(what: str, wait_ms: int) -> Refused:
    return Refused(
        429,
        "too_many_ballots",
        f"more ballots {what} than the settings allow",
        retry_after_s=-(-wait_ms // 1000),
    )
