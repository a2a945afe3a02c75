"""The names of channels."""

import pytest

from streams.push.channels import board_channel, is_channel


@pytest.mark.parametrize(
    "name",
    [
        board_channel("satisfaction:satisfaction-2026"),
        "board:presentations:departments",
        "session:county-2026",
        "questions:county-2026",
    ],
)
def test_a_channel_is_named_by_its_kind_and_an_id(name: str) -> None:
    assert is_channel(name)


@pytest.mark.parametrize(
    "name",
    ["", "board", "board:x:a", "session:", "session:A", "session:a\n", "session:a b", "votes:a"],
)
def test_nothing_else_is_a_channel(name: str) -> None:
    assert not is_channel(name)
