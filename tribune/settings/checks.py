"""Settings that are each right by themselves but contradict each other."""

from collections.abc import Iterator
from itertools import chain

from tribune.settings.shape import Settings
from tribune.settings.source import Said

EMBEDDED_KAFKA = frozenset({"broker", "broker_controller"})
OF_ONES_OWN = ("security_protocol", "sasl_mechanism", "username", "password", "ca_file")
OF_THE_EMBEDDED = {
    "flush_ms": "is the embedded broker's; beside a bootstrap, set flush.ms on that cluster"
}


def contradictions(settings: Settings, said: Said) -> list[str]:
    """Say what contradicts what, and where it was said."""
    checks = (_secret, _kafka, _wechat, _ports)
    return list(chain.from_iterable(check(settings, said) for check in checks))


def _secret(settings: Settings, said: Said) -> Iterator[str]:
    if settings.own_kafka and not settings.secrets.key:
        yield (
            f"{said.entries['kafka', 'bootstrap'].origin}: with [kafka] bootstrap, [secrets] key "
            "(or TRIBUNE_SECRETS_KEY) is required, the same on every machine; "
            "`openssl rand -base64 32` makes one"
        )


def _kafka(settings: Settings, said: Said) -> Iterator[str]:
    kafka = settings.kafka
    for key in OF_ONES_OWN if not settings.own_kafka else OF_THE_EMBEDDED:
        if entry := said.entries.get(("kafka", key)):
            wanted = "needs a bootstrap beside it" if key in OF_ONES_OWN else OF_THE_EMBEDDED[key]
            yield f"{entry.origin}: [kafka] {key} {wanted}"
    if kafka.security_protocol.startswith("SASL") and not (kafka.username and kafka.password):
        yield (
            f"{said.entries['kafka', 'security_protocol'].origin}: [kafka] "
            f"{kafka.security_protocol} needs username and password"
        )


def _wechat(settings: Settings, said: Said) -> Iterator[str]:
    for name, account in settings.wechat.items():
        for key in ("encoding_aes_key", "previous_encoding_aes_key"):
            if getattr(account, key) and not account.appid:
                origin = said.entries["wechat", name, key].origin
                yield f"{origin}: [wechat.{name}] {key} needs the account's appid beside it"
        if account.aes_only and not account.encoding_aes_key:
            origin = said.entries["wechat", name, "aes_only"].origin
            yield f"{origin}: [wechat.{name}] aes_only needs an encoding_aes_key"


def _ports(settings: Settings, said: Said) -> Iterator[str]:
    taken: dict[int, str] = {}
    for name in settings.ports.__struct_fields__:
        port = getattr(settings.ports, name)
        if port in taken and not _unused(settings, name, taken[port]):
            entry = said.entries.get(("ports", name)) or said.entries["ports", taken[port]]
            yield f"{entry.origin}: [ports] {taken[port]} and {name} are both {port}"
        taken[port] = name


def _unused(settings: Settings, *names: str) -> bool:
    return (settings.own_kafka and not EMBEDDED_KAFKA.isdisjoint(names)) or (
        "clickhouse" in names and settings.clickhouse is not None
    )
