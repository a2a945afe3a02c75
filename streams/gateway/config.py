"""What the gateway is told at its start; the bounds that no settings file names stand here too."""

from dataclasses import dataclass, field

from schemas.addresses import KafkaAddress
from streams.gateway.http.limits import HttpLimits
from streams.gateway.pages import VotePages
from streams.gateway.wechat.account import WeChatAccount


@dataclass(frozen=True, slots=True)
class GatewayLimits(HttpLimits):
    """How much is taken from whom, in ballots; the first two and `connections` are `[limits]`."""

    per_voter_per_minute: int = 120
    per_partner_per_second: int = 5_000
    queue_ballots: int = 20_000
    answer_timeout_ms: int = 2_500
    remembered_requests: int = 100_000
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
