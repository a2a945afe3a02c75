"""The vote page as the gateway would draw it, without a gateway."""

from agents.reducers.rounds import Broadcasts, step
from dashboards.vote_page import Pages
from schemas.broadcasts import Broadcast
from schemas.facts import BroadcastLoaded, RoundOpened
from streams.gateway.pages import VoteView
from tests.browser.evening import ROUND


def drawn_vote_page(broadcast: Broadcast, *, unit: bool) -> str:
    """The list of units, or the first unit's buttons, in English."""
    state = Broadcasts()
    step(state, 0, BroadcastLoaded(at=1, broadcast=broadcast))
    step(state, 1, RoundOpened(at=2, round=ROUND, votes_from={}, closes_at=None))
    voting_round = state.rounds[ROUND]
    view = VoteView(
        lang="en",
        rounds=[voting_round],
        round=voting_round,
        unit=broadcast.units[0] if unit else None,
        choice=None,
        receipt=None,
        error=None,
        now=3,
    )
    return Pages().vote(view).decode()
