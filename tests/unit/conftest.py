"""The pure tier: properties are tried on few examples by default, on many with TRIBUNE_DEEP=1."""

import os
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import settings

from schemas.broadcasts import Broadcast
from schemas.loading import load
from tribune.demo.prepare import PLACES, county

settings.register_profile("quick", max_examples=12, deadline=None)
settings.register_profile("deep", max_examples=500, deadline=None)
settings.load_profile("deep" if os.environ.get("TRIBUNE_DEEP") == "1" else "quick")


@pytest.fixture(scope="session")
def example() -> Broadcast:
    """The example county, loaded once for all."""
    broadcast = load(PLACES[-1].read_text(encoding="utf-8"))
    assert isinstance(broadcast, Broadcast)
    return broadcast


@pytest.fixture(scope="session")
def _read_once() -> dict[str, Any]:
    return county()


@pytest.fixture
def example_file(_read_once: dict[str, Any]) -> dict[str, Any]:
    """The example county's file, as it is written, for one test to change."""
    return deepcopy(_read_once)
