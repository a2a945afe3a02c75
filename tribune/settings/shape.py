"""The settings: what tribune.toml, and the environment over it, may say (CONTRACT, Settings)."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1)]
Words = Annotated[str, Meta(min_length=1)]
Url = Annotated[str, Meta(pattern="^https?://[^/]+")]
OptionalUrl = Annotated[str, Meta(pattern="^(https?://[^/]+.*)?$")]
WebSocketUrl = Annotated[str, Meta(pattern="^wss?://[^/]+")]
OptionalServers = Annotated[str, Meta(pattern=r"^([^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*)?$")]
Prefix = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}$")]
Instance = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,128}$")]
AesKey = Annotated[str, Meta(pattern="^([A-Za-z0-9+/]{43})?$")]
WebhookSecret = Annotated[
    str, Meta(pattern="^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
]

NAME_PATTERN = "^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"
# A power cut may take a second's votes, which their voters saw being counted; asking the disk for
# every batch would make one in a hundred acks wait for a tenth of a second.
FLUSH_MS = 1_000
PRIVATE = 0o700
"""The data folder's mode: it holds slides that were not shown yet, and the whole archive."""
SECRET_KEYS = frozenset(
    {"key", "password", "token", "secret", "encoding_aes_key", "previous_encoding_aes_key"}
)


class Section(Struct, frozen=True):
    """A section of the settings; its printed form leaves secrets out."""

    def __repr__(self) -> str:
        shown = (
            f"{key}={'***' if key in SECRET_KEYS else repr(getattr(self, key))}"
            for key in self.__struct_fields__
        )
        return f"{type(self).__name__}({', '.join(shown)})"


class Listen(Section, frozen=True):
    """Where the roles listen, and the name by which phones in the room reach this machine.

    `console` and `stages` say where these are when they run on other machines.
    """

    host: Words = "127.0.0.1"
    public_host: str = ""
    origins: list[Words] = []
    console: OptionalUrl = ""
    stages: list[Url] = []


class Kafka(Section, frozen=True):
    """A Kafka cluster of one's own; without a `bootstrap` the embedded one runs.

    `prefix` stands before the name of every topic and group; `instance` tells this machine's
    workers from others (empty: its host name). `flush_ms` is the embedded one's: a power cut takes
    at most what was acknowledged within so many ms.
    """

    bootstrap: OptionalServers = ""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = ""
    password: str = ""
    ca_file: Path | None = None
    prefix: Prefix = ""
    instance: Instance = ""
    flush_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = FLUSH_MS


class ClickHouse(Section, frozen=True):
    """A ClickHouse server of one's own; without it the embedded stand-in runs."""

    url: Url
    user: str = "default"
    password: str = ""


class Ports(Section, frozen=True):
    """One port for each role and each embedded server."""

    # In a row from 8080; the last three are Kafka's own and ClickHouse's
    console: Port = 8080
    gateway: Port = 8081
    push: Port = 8082
    worker: Port = 8083
    archive: Port = 8084
    stage: Port = 8085
    broker: Port = 9092
    broker_controller: Port = 9093
    clickhouse: Port = 8123


class Secrets(Section, frozen=True):
    """The one secret that every key is derived from."""

    key: Annotated[str, Meta(pattern="^(.{8,})?$")] = ""


class Limits(Section, frozen=True):
    """How much the gateway, the console and the push role take."""

    # Why: GatewayLimits, HttpLimits (streams.gateway) and ConsoleConfig (dashboards.config)
    per_voter_per_minute: Count = 120
    per_partner_per_second: Count = 5_000
    per_evaluator_per_second: Count = 10
    connections: Count = 10_000


class WeChat(Section, frozen=True):
    """A WeChat official account, as its own settings page shows it."""

    token: Words
    appid: str = ""
    encoding_aes_key: AesKey = ""
    previous_encoding_aes_key: AesKey = ""
    aes_only: bool = False


class Webhook(Section, frozen=True):
    """A partner that signs its ballots (Standard Webhooks)."""

    secret: WebhookSecret


class ObsDevice(Section, frozen=True, tag="obs", tag_field="type"):
    """OBS Studio, by obs-websocket."""

    url: WebSocketUrl
    input: Words
    password: str = ""
    backup: bool = False
    recut: bool = True


class X32Device(Section, frozen=True, tag="x32", tag_field="type"):
    """A Behringer X32 or Midas M32 mixer, by OSC."""

    host: Words
    # its channels, and the port on which it listens for OSC
    channel: Annotated[int, Meta(ge=1, le=32)]
    port: Port = 10023
    backup: bool = False
    recut: bool = True


class VmixDevice(Section, frozen=True, tag="vmix", tag_field="type"):
    """vMix, by its HTTP interface."""

    url: Url
    input: Words
    backup: bool = False
    recut: bool = True


class HttpDevice(Section, frozen=True, tag="http", tag_field="type"):
    """Anything that takes signed HTTP requests."""

    url: Url
    secret: Words
    backup: bool = False
    recut: bool = True


class SimulatedDevice(Section, frozen=True, tag="simulated", tag_field="type"):
    """No device at all, for rehearsals; `tribune stage` can be told to let it fail."""

    delay_ms: Annotated[int, Meta(ge=0, le=60_000)] = 0
    mode: Literal["well", "silent", "gone"] = "well"
    backup: bool = False
    recut: bool = True


Device = ObsDevice | X32Device | VmixDevice | HttpDevice | SimulatedDevice
DEVICES: tuple[type[Struct], ...] = (
    ObsDevice,
    X32Device,
    VmixDevice,
    HttpDevice,
    SimulatedDevice,
)
CueName = Literal["load", "start", "warning", "danger", "cut", "pause", "finish", "reveal"]


class HttpTrigger(Section, frozen=True, tag="http", tag_field="type"):
    """An address that is asked at some cues; signed when there is a secret."""

    on: Annotated[list[CueName], Meta(min_length=1)]
    url: Url
    method: Literal["POST", "GET", "PUT"] = "POST"
    secret: str = ""


class OscTrigger(Section, frozen=True, tag="osc", tag_field="type"):
    """An OSC address that is sent some arguments at some cues."""

    on: Annotated[list[CueName], Meta(min_length=1)]
    host: Words
    port: Port
    address: Annotated[str, Meta(pattern="^/.*[^/]$")]
    arguments: list[int | float | str] = []


Trigger = HttpTrigger | OscTrigger
TRIGGERS: tuple[type[Struct], ...] = (HttpTrigger, OscTrigger)


class Settings(Struct, frozen=True):
    """All settings, checked; `clickhouse` is None for the embedded stand-in.

    `file` is the one that they were read from, None without one. `simulated` puts simulated devices
    in the place of all; `rehearsal` lets nothing reach what is real (`tribune.rehearsal`).
    """

    file: Path | None = None
    data: Path = Path("data")
    rehearsal: bool = False
    simulated: bool = False
    listen: Listen = field(default_factory=Listen)
    kafka: Kafka = field(default_factory=Kafka)
    clickhouse: ClickHouse | None = None
    ports: Ports = field(default_factory=Ports)
    secrets: Secrets = field(default_factory=Secrets)
    limits: Limits = field(default_factory=Limits)
    wechat: dict[str, WeChat] = {}
    webhook: dict[str, Webhook] = {}
    stage: dict[str, Device] = {}
    triggers: dict[str, Trigger] = {}

    @property
    def run_dir(self) -> Path:
        """Where `tribune up` keeps process ids and its lock."""
        return self.data / "run"

    @property
    def own_kafka(self) -> bool:
        """Whether the log is on a Kafka of one's own, and none is embedded."""
        return bool(self.kafka.bootstrap)


TOP: dict[str, type] = {"data": Path, "rehearsal": bool, "simulated": bool}
SECTIONS: dict[str, type[Struct]] = {
    "listen": Listen,
    "kafka": Kafka,
    "clickhouse": ClickHouse,
    "ports": Ports,
    "secrets": Secrets,
    "limits": Limits,
}
NAMED: dict[str, tuple[type[Struct], ...]] = {
    "wechat": (WeChat,),
    "webhook": (Webhook,),
    "stage": DEVICES,
    "triggers": TRIGGERS,
}


def secret_words(settings: Settings) -> list[str]:
    """Every secret of the settings, so that a log can leave them out."""
    sections = [settings.kafka, settings.clickhouse, settings.secrets]
    named = [*settings.wechat.values(), *settings.webhook.values()]
    named += [*settings.stage.values(), *settings.triggers.values()]
    return [
        value
        for section in (*sections, *named)
        if section is not None
        for key in section.__struct_fields__
        if key in SECRET_KEYS and (value := getattr(section, key))
    ]
