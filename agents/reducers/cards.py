"""Which evaluators' cards were taken back; what they had marked stays as it is."""

from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.facts import BroadcastsFact, CardRevoked


class Revoked(NamedTuple):
    """When cards were taken back last, and the time (ms) from which newly issued ones are good."""

    at: int
    good_from: int


@dataclass(slots=True)
class Cards:
    """By broadcast and evaluator, those whose cards were taken back."""

    revoked: dict[tuple[str, str], Revoked] = field(default_factory=dict)

    def of(self, broadcast: str, evaluator: str) -> Revoked | None:
        """When an evaluator's cards were taken back, if they ever were."""
        return self.revoked.get((broadcast, evaluator))

    def good_from(self, broadcast: str, evaluator: str) -> int:
        """When (ms) a card must have been issued to be good; 0: any is."""
        found = self.of(broadcast, evaluator)
        return found.good_from if found else 0


def step(state: Cards, fact: BroadcastsFact | None) -> None:
    """Fold one message of `broadcasts`; the same again changes nothing."""
    if not isinstance(fact, CardRevoked):
        return
    name = fact.broadcast, fact.evaluator
    held = state.revoked.get(name, Revoked(0, 0))
    newest = max(held.at, fact.at), max(held.good_from, fact.issued_before)
    state.revoked[name] = Revoked(*newest)
