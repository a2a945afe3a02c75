"""What a worker is told at its start."""

from dataclasses import dataclass
from pathlib import Path

from schemas.addresses import KafkaAddress


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Where the log is, which group shares the work, and where health is answered."""

    kafka: KafkaAddress
    health_host: str = "127.0.0.1"
    health_port: int = 8083
    work_dir: Path = Path("data/worker")
    group: str = "tribune-worker"
