"""What the gateway is told at its start; the bounds that no settings file names stand here too."""

from dataclasses import dataclass, field

from schemas.addresses import KafkaAddress
from streams.gateway.http.limits import HttpLimits
from streams.gateway.pages import VotePages
from streams.gateway.wechat.account import WeChatAccount


@dataclass(frozen=True, slots=True)
class GatewayLimits(HttpLimits):
    """How much is taken from whom, in ballots; the first two and `connections` are `[limits]`."""

    # Two a second: no hand is faster through the list of units, and a script gets nowhere
    per_voter_per_minute: int = 120
    # Half of what one gateway acks on two cores (measured: 10.7 k/s): no partner takes all of it
    per_partner_per_second: int = 5_000
    # What the log acks in two seconds; whoever waited behind more would not be answered in time
    queue_ballots: int = 20_000
    # Half of the 5 s that WeChat waits; the producer itself goes on trying for 40 s, since one
    # whose batch expires is stuck (streams.log.producer)
    answer_timeout_ms: int = 2_500
    # Some 20 s of one gateway's greatest load, at 150 bytes each; a retry that comes later has the
    # same receipts all the same
    remembered_requests: int = 100_000
    # 80 bytes each (measured); who is forgotten early may vote a few times more, and counts once
    remembered_voters: int = 1_000_000


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """`partners` maps a partner's name to its `whsec_` secret, `wechat` an account to its keys.

    `public_host` is the name that browsers know this machine by, if it is not the one they send.
    """

    host: str
    port: int
    kafka: KafkaAddress
    secret: bytes = field(repr=False)
    pages: VotePages
    limits: GatewayLimits = GatewayLimits()
    wechat: dict[str, WeChatAccount] = field(default_factory=dict[str, WeChatAccount], repr=False)
    partners: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    console_port: int = 8080
    public_host: str = ""
