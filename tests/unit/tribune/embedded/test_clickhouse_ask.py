import pytest

from tribune.embedded.clickhouse_ask import Ask, External, refusal, take_external, understand
from tribune.embedded.clickhouse_errors import ClickHouseException

OWN = frozenset({"localhost", "127.0.0.1"})


def test_the_address_is_told_apart_into_query_settings_and_parameters() -> None:
    pairs = [
        ("query", "SELECT "),
        ("query", "{n:UInt8}"),
        ("param_n", "1"),
        ("max_threads", "2"),
        ("database", "tribune"),
        ("default_format", "JSON"),
        ("query_id", "q"),
        ("user", "default"),
        ("wait_end_of_query", "1"),
    ]
    wanted = understand(pairs, {}, writes=False)
    assert wanted.query == b"SELECT {n:UInt8}"
    assert (wanted.parameters, wanted.settings) == ({"n": "1"}, {"max_threads": "2"})
    assert (wanted.database, wanted.format, wanted.query_id) == ("tribune", "JSON", "q")
    assert wanted.whole_answer
    assert wanted.readonly


def test_headers_stand_in_for_parameters_that_are_missing() -> None:
    headers = {"X-ClickHouse-Database": "d", "X-ClickHouse-Format": "CSV"}
    assert understand([], headers, writes=True).database == "d"
    assert understand([("default_format", "XML")], headers, writes=True).format == "XML"


@pytest.mark.parametrize("pair", [("compress", "1"), ("session_timeout", "forever")])
def test_what_is_not_done_here_is_said(pair: tuple[str, str]) -> None:
    with pytest.raises(ClickHouseException):
        understand([pair], {}, writes=True)


def test_a_table_sent_along_has_a_structure_or_types() -> None:
    wanted = Ask(settings={"t_types": "UInt8, String", "t_format": "CSV", "other": "1"})
    take_external(wanted, "t", b"1,x")
    assert wanted.externals == [External("t", "_1 UInt8, _2 String", "CSV", b"1,x")]
    assert wanted.settings == {"other": "1"}
    with pytest.raises(ClickHouseException):
        take_external(wanted, "unknown", b"")


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Host": "127.0.0.1:8123"}, False),
        ({"Host": "localhost"}, False),
        ({"Host": "[::1]:8123"}, False),
        ({"Host": "127.0.0.2:8123"}, False),
        ({"Host": "localhost:8123", "Origin": "http://localhost:8123"}, False),
        ({"Host": "localhost", "Sec-Fetch-Site": "same-origin"}, False),
        ({}, True),
        ({"Host": "[bad"}, True),
        ({"Host": "10.0.0.1"}, True),
        ({"Host": "rebound.example"}, True),
        ({"Host": "localhost.rebound.example"}, True),
        ({"Host": "localhost:8123", "Origin": "http://localhost:8080"}, True),
        ({"Host": "localhost:8123", "Origin": "null"}, True),
        ({"Host": "localhost:8123", "Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_only_this_machine_s_own_programs_and_pages_are_answered(
    headers: dict[str, str], refused: bool
) -> None:
    assert (refusal(headers, OWN) is not None) is refused
