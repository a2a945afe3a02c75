from streams.gateway.ballot_limits import BallotLimits
from streams.gateway.config import GatewayLimits
from streams.gateway.pseudonyms import voter_name
from streams.gateway.votes import Sender

ACME, BANK = Sender("partner", "acme", "m"), Sender("partner", "bank", "m")
WEB = Sender("web", "", "m")


def limits(voter: int = 120, partner: int = 5_000) -> BallotLimits:
    return BallotLimits(GatewayLimits(per_voter_per_minute=voter, per_partner_per_second=partner))


def voters(sender: Sender, *names: str) -> list[bytes]:
    return [voter_name(sender.door, sender.account, name) for name in names]


def test_a_voter_may_cast_so_many_a_minute() -> None:
    kept = limits(voter=2)
    assert kept.take(ACME, voters(ACME, "a", "b", "a"), 0) is None
    refused = kept.take(ACME, voters(ACME, "a"), 10_500)
    assert refused is not None
    assert (refused.status, refused.reason, refused.retry_after_s) == (429, "too_many_ballots", 50)
    assert kept.take(ACME, voters(ACME, "b"), 10_500) is None
    assert kept.take(ACME, voters(ACME, "a"), 60_000) is None


def test_voters_of_two_accounts_are_two_voters() -> None:
    kept = limits(voter=1)
    assert kept.take(ACME, voters(ACME, "a"), 0) is None
    assert kept.take(BANK, voters(BANK, "a"), 0) is None
    assert kept.take(WEB, voters(WEB, "a"), 0) is None


def test_a_partner_may_bring_so_many_a_second() -> None:
    kept = limits(partner=3)
    assert kept.take(ACME, voters(ACME, "a", "b"), 0) is None
    refused = kept.take(ACME, voters(ACME, "c", "d"), 400)
    assert refused is not None
    assert (refused.status, refused.retry_after_s) == (429, 1)
    assert kept.take(ACME, voters(ACME, "c"), 400) is None
    assert kept.take(BANK, voters(BANK, "c", "d"), 400) is None
    assert kept.take(ACME, voters(ACME, "c", "d"), 1_000) is None


def test_what_is_refused_uses_nothing_up() -> None:
    kept = limits(voter=1, partner=2)
    assert kept.take(ACME, voters(ACME, "a", "b", "c"), 0) is not None
    assert kept.take(ACME, voters(ACME, "a", "a"), 0) is not None
    assert kept.take(ACME, voters(ACME, "b", "c", "a", "a"), 0) is not None
    assert kept.take(ACME, voters(ACME, "a", "b"), 0) is None


def test_the_page_and_wechat_have_no_partners_limit() -> None:
    kept = limits(partner=1)
    assert kept.take(WEB, voters(WEB, "a", "b", "c"), 0) is None
