"""Where everything is, by the settings: the log, the archive, each role."""

from schemas.addresses import ClickHouseAddress, KafkaAddress
from tribune.settings.secret import log_password
from tribune.settings.shape import Settings

LOOPBACK = "127.0.0.1"
ANY_HOST = {"0.0.0.0": LOOPBACK, "": LOOPBACK, "::": "::1"}


def kafka_address(settings: Settings, user: str) -> KafkaAddress:
    """The Kafka of the settings; or else the embedded one, as one of its users."""
    kafka = settings.kafka
    if not settings.own_kafka:
        return KafkaAddress(
            f"{LOOPBACK}:{settings.ports.broker}",
            "SASL_PLAINTEXT",
            "SCRAM-SHA-512",
            user,
            log_password(settings, user),
            prefix=kafka.prefix,
        )
    return KafkaAddress(
        kafka.bootstrap,
        kafka.security_protocol,
        kafka.sasl_mechanism,
        kafka.username,
        kafka.password,
        kafka.ca_file,
        kafka.prefix,
    )


def clickhouse_address(settings: Settings) -> ClickHouseAddress:
    """The ClickHouse of the settings, or else the embedded one on this machine."""
    server = settings.clickhouse
    if server is None:
        return ClickHouseAddress(f"http://{LOOPBACK}:{settings.ports.clickhouse}")
    return ClickHouseAddress(server.url.rstrip("/"), server.user, server.password)


def reachable_host(settings: Settings) -> str:
    """The name by which a program on this machine reaches the roles."""
    return ANY_HOST.get(settings.listen.host, settings.listen.host)


def role_url(settings: Settings, role: str) -> str:
    """The address of a role's own port, for a program on this machine."""
    host = reachable_host(settings)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{getattr(settings.ports, role)}"
