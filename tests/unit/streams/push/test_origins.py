"""Whose pages may connect."""

import pytest

from streams.push.origins import may_connect

OWN = ["tribune.example:8082"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://tribune.example:8080",
        "http://tribune.example",
        "https://TRIBUNE.example:8443",
        "http://screens.example:1",
    ],
)
def test_pages_of_the_same_host_name_and_of_allowed_ones_may(origin: str) -> None:
    assert may_connect([origin], OWN, frozenset({"screens.example"}))


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://tribune.example.evil.example",
        "http://evil.example/tribune.example",
        "http://tribune.example@evil.example",
        "ftp://tribune.example",
        "file://",
        "null",
        "tribune.example",
        "",
        "http://[",
        "http://",
    ],
)
def test_other_pages_may_not(origin: str) -> None:
    assert not may_connect([origin], OWN, frozenset())


def test_a_file_may_where_that_is_allowed() -> None:
    assert may_connect(["null"], OWN, frozenset({"null"}))


def test_who_names_no_origin_is_no_browser_and_may() -> None:
    assert may_connect([], OWN, frozenset())


def test_two_origins_or_two_hosts_are_refused() -> None:
    assert not may_connect(["http://tribune.example"] * 2, OWN, frozenset())
    assert not may_connect(["http://tribune.example"], OWN * 2, frozenset())
    assert not may_connect(["http://tribune.example"], [], frozenset())


def test_the_names_of_this_machine_are_one_host() -> None:
    assert may_connect(["http://localhost:8080"], ["127.0.0.1:8082"], frozenset())
    assert may_connect(["http://127.0.0.1:8080"], ["[::1]:8082"], frozenset())
