import pytest

from dashboards.pages.reach import asked_host, phones_reach, policy, switch


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("hall.example:8080", "hall.example"),
        ("HALL.example", "hall.example"),
        ("192.168.1.20:8080", "192.168.1.20"),
        ("[::1]:8080", "[::1]"),
        ("", "127.0.0.1"),
        ("evil.example; script-src *", "127.0.0.1"),
        ("a b", "127.0.0.1"),
        ('x"y', "127.0.0.1"),
        ("host:8080\n", "127.0.0.1"),
    ],
)
def test_only_a_host_name_is_taken_from_a_header(header: str, host: str) -> None:
    assert asked_host(header) == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_phones_do_not_reach_loopback(host: str) -> None:
    assert not phones_reach(host)
    assert phones_reach("192.168.1.20")


def test_a_page_may_load_our_files_only_and_reach_our_doors_only() -> None:
    allowed = policy("hall.example", 8082, 8081).split("; ")
    assert allowed[:3] == ["default-src 'none'", "script-src 'self'", "style-src 'self'"]
    assert allowed[4] == (
        "connect-src 'self' ws://hall.example:8082 wss://hall.example:8082 "
        "http://hall.example:8081 https://hall.example:8081"
    )
    assert not any("unsafe" in each or "*" in each for each in allowed)


def test_the_other_language_keeps_the_rest_of_the_address() -> None:
    query = [("board", "satisfaction:r1"), ("lang", "zh"), ("rows", "8")]
    assert switch("zh", query) == "?board=satisfaction%3Ar1&rows=8&lang=en"
    assert switch("en", []) == "?lang=zh"
