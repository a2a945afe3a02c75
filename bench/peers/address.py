"""Hands a peer the address of a log that asks for a name and a password, by its environment."""

import json
import os
from dataclasses import asdict

from schemas.addresses import KafkaAddress

NAME = "TRIBUNE_BENCH_KAFKA"


def given(address: KafkaAddress) -> dict[str, str]:
    """What to put into a peer's environment."""
    return {NAME: json.dumps(asdict(address), default=str)}


def taken() -> KafkaAddress:
    """The address that was put there."""
    return KafkaAddress(**json.loads(os.environ[NAME]))
