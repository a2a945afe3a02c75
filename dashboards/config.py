"""What the console needs to know to run."""

from dataclasses import dataclass, field
from pathlib import Path

from schemas.addresses import ClickHouseAddress, KafkaAddress


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """Settings of the console role.

    `public_host` is the name that visitors' browsers use, empty for whatever they came by;
    `connections` bounds those that are open at once, idle ones too; `stages` are the addresses of
    the stage controllers, for the cut that goes to them directly; `push_url` is that of push, to be
    asked for its screens; `decks` is the folder of the slides; `rehearsal` marks every page;
    `per_evaluator_per_second` is how often one may set marks, on average.
    """

    host: str
    port: int
    kafka: KafkaAddress
    clickhouse: ClickHouseAddress
    secret: bytes = field(repr=False)
    gateway_port: int = 8081
    push_port: int = 8082
    public_host: str = ""
    # Browsers keep some six each: 700 people at once, where a hall reads the board over push
    connections: int = 4096
    stages: tuple[str, ...] = ()
    push_url: str = "http://127.0.0.1:8082"
    decks: Path = Path("data/decks")
    rehearsal: bool = False
    # `[limits]`: marks are saved twice a second at the most by the page itself
    per_evaluator_per_second: int = 10
