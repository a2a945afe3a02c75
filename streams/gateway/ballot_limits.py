"""The limits of the settings, in ballots: each voter's a minute, each partner's a second."""

from collections import Counter
from collections.abc import Sequence

from streams.gateway.config import GatewayLimits
from streams.gateway.limits import Limit
from streams.gateway.votes import Sender, VoteRefused

MINUTE_MS, SECOND_MS = 60_000, 1_000  # the windows of CONTRACT, `[limits]`
# Only partners of the settings come so far, and no settings name so many
REMEMBERED_PARTNERS = 1_000


class BallotLimits:
    """Counts voters by a pseudonym of its own, which never leaves the process: Python's own hash
    (SipHash, with a key that each process makes for itself).
    """

    def __init__(self, limits: GatewayLimits) -> None:
        self._voters: Limit[int] = Limit(
            limits.per_voter_per_minute, MINUTE_MS, limits.remembered_voters
        )
        self._partners: Limit[str] = Limit(
            limits.per_partner_per_second, SECOND_MS, REMEMBERED_PARTNERS
        )

    def take(self, sender: Sender, voters: Sequence[bytes], now: int) -> VoteRefused | None:
        """Count ballots by their voters' names, or refuse all of them and count none."""
        # the partner first: one look-up, where the voters are as many as ballots
        is_partner = sender.door == "partner"
        if is_partner:
            wait_ms = self._partners.take(sender.account, len(voters), now)
            if wait_ms:
                return _too_many("from this partner in a second", wait_ms)
        wait_ms = self._take_voters(voters, now)
        if wait_ms and is_partner:
            self._partners.give_back(sender.account, len(voters), now)
        return _too_many("of one voter in a minute", wait_ms) if wait_ms else None

    def _take_voters(self, voters: Sequence[bytes], now: int) -> int:
        if len(voters) == 1:
            return self._voters.take(hash(voters[0]), 1, now)
        taken: list[tuple[int, int]] = []
        for name, count in Counter(voters).items():
            voter = hash(name)
            wait_ms = self._voters.take(voter, count, now)
            if wait_ms:
                for other, counted in taken:
                    self._voters.give_back(other, counted, now)
                return wait_ms
            taken.append((voter, count))
        return 0


def _too_many(what: str, wait_ms: int) -> VoteRefused:
    return VoteRefused(
        429,
        "too_many_ballots",
        f"more ballots {what} than the settings allow",
        retry_after_s=-(-wait_ms // 1000),
    )
