"""Where the log and the archive are, and how one signs in there."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FETCH_WAIT_MS = 200
EMBEDDED_FETCH_WAIT_MS = 40
LONGEST_FETCH_WAIT_MS = 10_000
EMBEDDED_REST_US = 40.0


def longer_wait_ms(wait_ms: int) -> int:
    """What a fetch may wait next when it got nothing though there is something.

    The embedded broker answers nothing when it did not find the next message within the wait.
    """
    return min(2 * wait_ms, LONGEST_FETCH_WAIT_MS)


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """A Kafka bootstrap address; `embedded` is the stand-in, which refuses idempotent producers."""

    bootstrap: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    embedded: bool = False

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
            "metadata_max_age_ms": 5_000,
        }
        if self.is_sasl:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    @property
    def fetch_wait_ms(self) -> int:
        """How long a fetch may wait for news: the embedded broker tells them only half-way."""
        return EMBEDDED_FETCH_WAIT_MS if self.embedded else FETCH_WAIT_MS

    @property
    def rest_us(self) -> float:
        """How long a partition's writer rests after a batch, for each batch that it wrote so far.

        The embedded broker looks through all batches of a partition for whoever reads the next one
        (0.7 us each), and finds nothing any more when that takes too long: so they get fewer and
        larger the more there are. Kafka does not mind (0).
        """
        return EMBEDDED_REST_US if self.embedded else 0.0

    def producer_options(self) -> dict[str, Any]:
        """As `client_options`, with acks=all and idempotent; the embedded broker knows no producer
        ids, so there it is one request in flight.
        """
        return self.client_options() | {
            "acks": "all",
            "enable_idempotence": not self.embedded,
            "request_timeout_ms": 40_000,
        }


@dataclass(frozen=True, slots=True)
class ClickHouseAddress:
    """A ClickHouse HTTP address, such as `http://127.0.0.1:8123`."""

    url: str
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "tribune"
