"""Under which host names a console may be written to."""

import pytest

from dashboards.api.web.hosts import host_name, may_write


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8080", "localhost"),
        ("Vote.Example.org", "vote.example.org"),
        ("[::1]:8080", "[::1]"),
        ("[::1]", "[::1]"),
        ("", None),
        ("a b", None),
        ("a/b", None),
        ("a@b", None),
        ("a:b", None),
        ("a:8080:9", None),
        ("a\r\nb", None),
    ],
)
def test_a_host_header_names_a_host_or_nothing(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    "header",
    ["localhost", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "console:8080", "a.localhost"],
)
def test_addresses_and_local_names_may_write(header: str) -> None:
    assert may_write(header, "")


@pytest.mark.parametrize(
    "header", ["evil.example.com", "127.0.0.1.evil.com", "localhost.evil.com", "1.2.3", "", "x y"]
)
def test_a_name_that_a_stranger_can_own_may_not(header: str) -> None:
    assert not may_write(header, "")
    assert not may_write(header, "vote.example.org")


def test_the_public_host_may_write() -> None:
    assert may_write("vote.example.org:8080", "vote.example.org")
    assert may_write("VOTE.example.org", "vote.example.org:443")
