"""What a worker is told at its start."""

from dataclasses import dataclass, field
from pathlib import Path

from schemas.addresses import KafkaAddress
from schemas.seals import GroupKey


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """Where the log is, which group shares the work, and where health is answered.

    `name` is this worker's in the group, and no other's there: who starts again under it gets its
    part back at once. `group_key` opens the marks of a group of presentations, and seals its board.
    """

    kafka: KafkaAddress
    health_host: str = "127.0.0.1"
    health_port: int = 8083
    work_dir: Path = Path("data/worker")
    group: str = "tribune-worker"
    name: str = field(kw_only=True)
    group_key: GroupKey = field(kw_only=True, repr=False)
