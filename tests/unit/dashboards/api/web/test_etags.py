"""Whether the asker holds what would be sent."""

import pytest

from dashboards.api.web.etags import etag_of, is_held


@pytest.mark.parametrize(
    ("header", "held"),
    [
        ('"7"', True),
        ('W/"7"', True),
        ('"6", "7"', True),
        ("*", True),
        ("", False),
        ("7", False),
        ('"77"', False),
    ],
)
def test_a_version_is_held_when_it_is_named(header: str, held: bool) -> None:
    assert is_held(header, etag_of(7)) is held
