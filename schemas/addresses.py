"""Where the log and the archive are, and how one signs in there."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """A Kafka bootstrap address.

    `prefix` stands before every name of a topic and of a group, so that a rehearsal may share a
    cluster with the real log.
    """

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    prefix: str = ""

    def topic(self, topic: Topic) -> str:
        """What a topic is called on the broker."""
        return f"{self.prefix}{topic}"

    def group(self, name: str) -> str:
        """What a group of consumers is called on the broker."""
        return f"{self.prefix}{name}"

    @property
    def is_sasl(self) -> bool:
        """Whether one signs in with a name and a password."""
        return self.security_protocol.startswith("SASL")

    def ssl_context(self) -> ssl.SSLContext | None:
        """TLS that checks the broker's certificate, or None on a plain connection."""
        if not self.security_protocol.endswith("SSL"):
            return None
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context(),
            # aiokafka's five minutes are too long to learn of a topic or a leader that is new
            "metadata_max_age_ms": 5_000,
        }
        if self.is_sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def producer_options(self) -> dict[str, Any]:
        """As `client_options`, with acks=all and idempotent."""
        return self.client_options() | {
            "acks": "all",
            "enable_idempotence": True,
            # an idempotent producer whose batch expires fails every later send: so it outlives
            # an outage, and our own answer to whoever waits comes much sooner
            "request_timeout_ms": 40_000,
        }


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """A ClickHouse HTTP address, such as `http://127.0.0.1:8123`."""

    url: str
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "tribune"
