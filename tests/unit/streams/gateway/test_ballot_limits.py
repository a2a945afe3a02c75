from schemas.ballots import Choice
from streams.gateway.ballot_limits import BallotLimits
from streams.gateway.config import GatewayLimits
from streams.gateway.door import Sender, Vote

ACME, BANK = Sender("partner", "acme", "m"), Sender("partner", "bank", "m")


def limits(voter: int = 120, partner: int = 5_000) -> BallotLimits:
    return BallotLimits(
        GatewayLimits(per_voter_per_minute=voter, per_partner_per_second=partner), b"k" * 32
    )


def votes(*voters: str) -> list[Vote]:
    return [Vote("r1", "housing", Choice.AVERAGE, voter, 0) for voter in voters]


def test_a_voter_may_cast_so_many_a_minute() -> None:
    kept = limits(voter=2)
    assert kept.take(ACME, votes("a", "b", "a"), 0) is None
    refused = kept.take(ACME, votes("a"), 10_500)
    assert refused is not None
    assert (refused.status, refused.reason, refused.retry_after_s) == (429, "too_many_ballots", 50)
    assert kept.take(ACME, votes("b"), 10_500) is None
    assert kept.take(ACME, votes("a"), 60_000) is None


def test_voters_of_two_accounts_are_two_voters() -> None:
    kept = limits(voter=1)
    assert kept.take(ACME, votes("a"), 0) is None
    assert kept.take(BANK, votes("a"), 0) is None
    assert kept.take(Sender("web", "", "m"), votes("a"), 0) is None


def test_a_partner_may_bring_so_many_a_second() -> None:
    kept = limits(partner=3)
    assert kept.take(ACME, votes("a", "b"), 0) is None
    refused = kept.take(ACME, votes("c", "d"), 400)
    assert refused is not None
    assert (refused.status, refused.retry_after_s) == (429, 1)
    assert kept.take(ACME, votes("c"), 400) is None
    assert kept.take(BANK, votes("c", "d"), 400) is None
    assert kept.take(ACME, votes("c", "d"), 1_000) is None


def test_what_is_refused_uses_nothing_up() -> None:
    kept = limits(voter=1, partner=2)
    assert kept.take(ACME, votes("a", "b", "c"), 0) is not None
    assert kept.take(ACME, votes("a", "a"), 0) is not None
    assert kept.take(ACME, votes("a", "b"), 0) is None


def test_the_page_and_wechat_have_no_partners_limit() -> None:
    kept = limits(partner=1)
    assert kept.take(Sender("web", "", "m"), votes("a", "b", "c"), 0) is None
