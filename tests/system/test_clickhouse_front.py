"""The embedded ClickHouse as its clients know ClickHouse: clickhouse-connect, curl, plain HTTP."""

import asyncio
import gzip
import json
import subprocess
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import clickhouse_connect
import cramjam
import lz4.frame
import pytest
import zstandard
from aiohttp import ClientPayloadError, ClientSession, FormData
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def client(server: EmbeddedClickHouse) -> Iterator[Client]:
    with clickhouse_connect.get_client(port=server.port, host="127.0.0.1") as opened:
        yield opened


@pytest.fixture
async def async_client(server: EmbeddedClickHouse) -> AsyncIterator[AsyncClient]:
    opened = await clickhouse_connect.get_async_client(port=server.port, host="127.0.0.1")
    yield opened
    await opened.close()


@pytest.fixture
async def http(server: EmbeddedClickHouse) -> AsyncIterator[ClientSession]:
    async with ClientSession(server.address.url) as opened:
        yield opened


def test_a_client_makes_a_table_inserts_and_reads_back_what_it_inserted(client: Client) -> None:
    client.command(
        "CREATE TABLE kept (a Int32, b Nullable(String), c Array(UInt8), d DateTime64(3, 'UTC')) "
        "ENGINE = MergeTree ORDER BY a"
    )
    at = datetime(2026, 12, 18, 20, 0, 0, 123_000)  # noqa: DTZ001 - the client's for UTC
    rows = [(1, "一", [1, 2], at), (2, None, [], at), (-3, "tab\tline\n'quote'\\", [255], at)]
    summary = client.insert("kept", rows, column_names=["a", "b", "c", "d"])
    assert summary.written_rows == 3
    assert client.query("SELECT * FROM kept ORDER BY a").result_rows == sorted(rows)
    assert client.query("SELECT a FROM kept LIMIT 0").column_names == ("a",)


async def test_the_asynchronous_client_does_the_same(async_client: AsyncClient) -> None:
    await async_client.command("CREATE TABLE awaited (n UInt64) ENGINE = MergeTree ORDER BY n")
    await async_client.insert("awaited", [[n] for n in range(1_000)], column_names=["n"])
    answer = await async_client.query("SELECT sum(n), count() FROM awaited")
    assert answer.result_rows == [(499_500, 1_000)]


def test_parameters_of_a_query_arrive_as_they_are(client: Client) -> None:
    text = "it's 100 % \\ \t\n 一 {x} ?&="
    answer = client.query(
        "SELECT {text:String}, {list:Array(String)}, {number:UInt64}, {nothing:Nullable(String)}",
        parameters={"text": text, "list": [text, ""], "number": (1 << 64) - 1, "nothing": None},
    )
    assert answer.result_rows == [(text, [text, ""], (1 << 64) - 1, None)]


def test_settings_of_a_request_hold_for_that_request_alone(client: Client) -> None:
    asked = "SELECT toUInt32(getSetting('max_block_size'))"
    before = client.query(asked).first_row
    assert client.query(asked, settings={"max_block_size": 7}).first_row == (7,)
    assert client.query(asked).first_row == before


def test_a_session_keeps_its_temporary_tables_and_its_settings(server: EmbeddedClickHouse) -> None:
    with clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, session_id="kept"
    ) as client:
        client.command("CREATE TEMPORARY TABLE mine (n UInt8)")
        client.command("SET max_block_size = 11")
        client.insert("mine", [[1], [2]], column_names=["n"], settings={"max_block_size": 5})
        assert client.query("SELECT sum(n) FROM mine").first_row == (3,)
        assert client.query("SELECT toUInt8(getSetting('max_block_size'))").first_row == (11,)
    with (
        clickhouse_connect.get_client(host="127.0.0.1", port=server.port) as other,
        pytest.raises(DatabaseError, match="UNKNOWN_TABLE"),
    ):
        other.query("SELECT sum(n) FROM mine")


def test_external_data_is_a_table_of_its_query(client: Client) -> None:
    sent = ExternalData(
        file_name="given.csv",
        data=b"1,one\n2,two\n",
        fmt="CSV",
        structure=["n UInt8", "word String"],
    )
    answer = client.query("SELECT word FROM given ORDER BY n DESC", external_data=sent)
    assert answer.result_rows == [("two",), ("one",)]


def test_a_query_too_long_for_an_address_travels_as_a_form(client: Client) -> None:
    long = "x" * 100_000
    answer = client.query("SELECT length({long:String})", parameters={"long": long})
    assert answer.first_row == (100_000,)


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip", False])
def test_bodies_are_compressed_both_ways(server: EmbeddedClickHouse, method: str | bool) -> None:
    with clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, compress=method
    ) as client:
        client.command("CREATE TABLE IF NOT EXISTS packed (s String) ENGINE = MergeTree ORDER BY s")
        client.command("TRUNCATE TABLE packed")
        client.insert("packed", [[f"row {n}"] for n in range(50_000)], column_names=["s"])
        rows = client.query("SELECT s FROM packed ORDER BY length(s), s").result_rows
        assert rows[:1] + rows[-1:] == [("row 0",), ("row 49999",)]
        assert len(rows) == 50_000


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", lambda data: bytes(cramjam.brotli.compress(data))),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("lz4", lz4.frame.compress),
    ],
)
async def test_any_of_the_content_encodings_is_read(
    http: ClientSession, encoding: str, pack: object
) -> None:
    assert callable(pack)
    body = pack(b"SELECT 'packed' AS said FORMAT JSONEachRow")
    async with http.post("/", data=body, headers={"Content-Encoding": encoding}) as answer:
        assert (answer.status, await answer.text()) == (200, '{"said":"packed"}\n')
    async with http.post("/", data=b"no such stream", headers={"Content-Encoding": encoding}) as no:
        assert no.headers["X-ClickHouse-Exception-Code"] == "271"


async def test_brotli_is_answered_to_those_who_ask_for_it(server: EmbeddedClickHouse) -> None:
    asked = {"query": "SELECT number FROM numbers(100000)", "enable_http_compression": "1"}
    headers = {"Accept-Encoding": "br;q=1, gzip"}
    async with (
        ClientSession(server.address.url, auto_decompress=False) as plain,
        plain.get("/", params=asked, headers=headers) as answer,
    ):
        assert answer.headers["Content-Encoding"] == "br"
        body = bytes(cramjam.brotli.decompress(await answer.read()))
    assert body.splitlines()[-1] == b"99999"


def test_curl_works_as_in_every_tutorial(server: EmbeddedClickHouse) -> None:
    def curl(*options: str, sent: str = "") -> str:
        command = ["curl", "-sS", *options]
        return subprocess.run(
            command, input=sent, capture_output=True, text=True, check=True, timeout=30
        ).stdout

    url = server.address.url
    assert curl(f"{url}/ping") == curl(url) == "Ok.\n"
    assert curl(f"{url}/?query=SELECT%201") == "1\n"
    assert curl(url, "--data-binary", "@-", sent="SELECT 2") == "2\n"
    assert curl(f"{url}/?query=SELECT", "--data-binary", "@-", sent="3") == "3\n"
    curl(url, "-d", "CREATE TABLE curled (n UInt8, s String) ENGINE = MergeTree ORDER BY n")
    insert = "INSERT INTO curled FORMAT CSV\n1,one\n2,two\n"
    assert curl(url, "--data-binary", "@-", sent=insert) == ""
    at = f"{url}/?query=INSERT%20INTO%20curled%20VALUES"
    assert curl(at, "--data-binary", "@-", sent="(3,'three'), (4, upper('four'))") == ""
    said = curl(f"{url}/?default_format=JSONEachRow", "-d", "SELECT * FROM curled ORDER BY n")
    assert [json.loads(line)["s"] for line in said.splitlines()] == ["one", "two", "three", "FOUR"]
    packed = curl("--compressed", f"{url}/?enable_http_compression=1", "-d", "SELECT 'squeezed'")
    assert packed == "squeezed\n"


@pytest.mark.parametrize(
    ("query", "status", "code", "name"),
    [
        ("SELECT nothing", 404, "47", "UNKNOWN_IDENTIFIER"),
        ("SELECT * FROM nowhere", 404, "60", "UNKNOWN_TABLE"),
        ("SELEC 1", 400, "62", "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 400, "62", "SYNTAX_ERROR"),
        ("", 400, "62", "SYNTAX_ERROR"),
        ("SELECT 1 FORMAT Nope", 404, "73", "UNKNOWN_FORMAT"),
        ("SELECT 1 SETTINGS nope = 1", 404, "115", "UNKNOWN_SETTING"),
        ("SELECT toInt32('x')", 400, "6", "CANNOT_PARSE_TEXT"),
        ("SELECT throwIf(1)", 500, "395", "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        (
            "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 1",
            408,
            "159",
            "TIMEOUT_EXCEEDED",
        ),
        ("INSERT INTO nowhere FORMAT CSV\n1", 404, "60", "UNKNOWN_TABLE"),
        ("SELECT 1 INTO OUTFILE '/tmp/stolen'", 500, "358", "INTO_OUTFILE_NOT_ALLOWED"),
        ("SELECT * FROM file('/etc/passwd', 'LineAsString')", 500, "481", "PATH_ACCESS_DENIED"),
        ("SELECT `file`\n/**/ ('/etc/passwd')", 500, "481", "PATH_ACCESS_DENIED"),
    ],
)
async def test_exceptions_are_told_as_clickhouse_tells_them(
    http: ClientSession, query: str, status: int, code: str, name: str
) -> None:
    async with http.post("/", data=query) as answer:
        text = await answer.text()
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert text.startswith(f"Code: {code}. DB::Exception: ")
    assert f"({name}) (version " in text
    assert "OUTFILE '/dev/fd" not in text


async def test_unknown_settings_and_databases_are_refused(http: ClientSession) -> None:
    for params, code in (({"nope": "1"}, "115"), ({"database": "nope"}, "81")):
        async with http.post("/", params=params, data="SELECT 1") as answer:
            assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (404, code)


async def test_a_bad_row_fails_its_whole_insert(http: ClientSession) -> None:
    await _run(http, "CREATE TABLE strict (n Int32) ENGINE = MergeTree ORDER BY n")
    async with http.post("/", data="INSERT INTO strict FORMAT CSV\n1\nx\n") as answer:
        assert answer.status == 400, await answer.text()
    assert await _run(http, "SELECT count() FROM strict") == "0\n"


async def test_headers_say_what_clients_look_for(http: ClientSession) -> None:
    params = {"query": "SELECT number FROM numbers(10) FORMAT JSONCompact", "query_id": "mine"}
    async with http.get("/", params=params) as answer:
        headers = answer.headers
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert headers["X-ClickHouse-Format"] == "JSONCompact"
    assert headers["X-ClickHouse-Query-Id"] == "mine"
    assert headers["X-ClickHouse-Timezone"]
    summary = json.loads(headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("10", "10")


@pytest.mark.parametrize(
    "written", ["TSVWithNamesAndTypes", "CSVWithNames", "JSON", "Parquet", "Arrow", "Pretty"]
)
async def test_formats_pass_through_as_one_document(http: ClientSession, written: str) -> None:
    query = f"SELECT number FROM numbers(200000) SETTINGS max_block_size = 1000 FORMAT {written}"
    async with http.post("/", data=query) as answer:
        assert answer.status == 200
        body = await answer.read()
    begins = {"Parquet": b"PAR1", "Arrow": b"ARROW1", "JSON": b"{"}
    assert body.startswith(begins.get(written, body[:1]))
    if written == "JSON":
        assert json.loads(body)["rows"] == 200_000
    if written == "CSVWithNames":
        assert body.count(b"number") == 1


async def test_reading_over_get_changes_nothing(http: ClientSession) -> None:
    for query in ("CREATE TABLE no (n UInt8) ENGINE = Memory", "INSERT INTO no VALUES (1)"):
        async with http.get("/", params={"query": query}) as answer:
            assert answer.headers["X-ClickHouse-Exception-Code"] == "164"


async def test_a_query_id_runs_once_at_a_time(http: ClientSession) -> None:
    first = asyncio.create_task(_run(http, "SELECT sleep(1)", query_id="twice"))
    await _until_running(http, "twice")
    async with http.get("/", params={"query_id": "twice", "query": "SELECT 1"}) as second:
        assert second.headers["X-ClickHouse-Exception-Code"] == "216"
    assert await first == "0\n"


async def test_an_error_amid_a_long_answer_is_told_at_its_end(http: ClientSession) -> None:
    query = "SELECT throwIf(number = 3000000), number FROM numbers(4000000) SETTINGS max_threads=1"
    async with http.post("/", data=query) as answer:
        assert answer.status == 200
        tag = answer.headers["X-ClickHouse-Exception-Tag"]
        body = bytearray()
        with pytest.raises(ClientPayloadError):
            async for piece in answer.content.iter_any():
                body += piece
    end = bytes(body[-600:]).decode()
    assert f"__exception__\r\n{tag}\r\nCode: 395. DB::Exception: " in end
    assert end.endswith(f" {tag}\r\n__exception__\r\n")


def test_a_streaming_client_hears_of_such_an_error(client: Client) -> None:
    query = "SELECT throwIf(number = 3000000), number FROM numbers(4000000)"
    with (
        pytest.raises(StreamFailureError, match="FUNCTION_THROW_IF"),
        client.query_row_block_stream(query) as blocks,
    ):
        for _ in blocks:
            pass


async def test_large_answers_and_inserts_stream_in_bounded_memory(
    server: EmbeddedClickHouse, http: ClientSession
) -> None:
    await _run(http, "CREATE TABLE wide (n UInt64, s String) ENGINE = MergeTree ORDER BY n")

    async def rows() -> AsyncIterator[bytes]:
        for start in range(0, 2_000_000, 20_000):
            yield b"".join(b"%d\t%d\n" % (n, n * 1_000_003) for n in range(start, start + 20_000))

    await _run(http, "SELECT * FROM numbers(2000000) FORMAT Null")
    before = server.peak_memory()
    async with http.post("/", params={"query": "INSERT INTO wide FORMAT TSV"}, data=rows()) as put:
        assert put.status == 200, await put.text()
    assert json.loads(put.headers["X-ClickHouse-Summary"])["written_rows"] == "2000000"
    lines = size = 0
    async with http.post("/", data="SELECT n, repeat(s, 12) FROM wide FORMAT CSV") as answer:
        async for piece in answer.content.iter_chunked(1 << 20):
            lines += piece.count(b"\n")
            size += len(piece)
    assert lines == 2_000_000
    assert size > 250 << 20
    assert server.peak_memory() - before < 200 << 20


async def test_a_slow_query_delays_neither_pings_nor_inserts(http: ClientSession) -> None:
    await _run(http, "CREATE TABLE quick (n UInt64) ENGINE = MergeTree ORDER BY n")
    slow = [
        asyncio.create_task(
            _run(http, f"SELECT count() FROM numbers(1e12) WHERE sipHash64(number) % {n} = 0")
        )
        for n in (3, 5)
    ]
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(20):
        for n in range(20):
            began = loop.time()
            async with http.get("/ping") as ping:
                assert await ping.text() == "Ok.\n"
            await _run(http, f"INSERT INTO quick FORMAT CSV\n{n}\n")
            assert loop.time() - began < 5
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)


async def test_a_query_ends_when_its_client_goes_away(http: ClientSession) -> None:
    params = {"query_id": "forgotten"}
    task = asyncio.create_task(
        _run(http, "SELECT count() FROM numbers(1e12) WHERE sipHash64(number) % 7 = 0", **params)
    )
    await _until_running(http, "forgotten")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20):
        while await _running(http, "forgotten"):
            await asyncio.sleep(0.05)


async def test_an_insert_that_breaks_off_leaves_nothing(
    server: EmbeddedClickHouse, http: ClientSession
) -> None:
    await _run(http, "CREATE TABLE cut (n UInt64) ENGINE = MergeTree ORDER BY n")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        "POST /?query=INSERT+INTO+cut+FORMAT+CSV&query_id=cut HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\nContent-Length: 100\r\n\r\n1\n2\n3\n"
    )
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    async with asyncio.timeout(10):
        while await _running(http, "cut"):
            await asyncio.sleep(0.05)
    assert await _run(http, "SELECT count() FROM cut") == "0\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8123"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_pages_of_other_origins_are_refused(
    http: ClientSession, headers: dict[str, str]
) -> None:
    for path in ("/", "/ping"):
        async with http.post(path, data="SELECT 1", headers=headers) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_people_and_programs_on_this_machine_are_answered(
    server: EmbeddedClickHouse, http: ClientSession
) -> None:
    for headers in (
        {"Host": f"localhost:{server.port}"},
        {"Host": "[::1]:8123"},
        {"Origin": server.address.url},
        {"Sec-Fetch-Site": "none"},
        {"Authorization": "Basic ZGVmYXVsdDo="},
        {"X-ClickHouse-User": "default", "X-ClickHouse-Key": ""},
    ):
        async with http.post("/", data="SELECT 1", headers=headers) as answer:
            assert (answer.status, await answer.text()) == (200, "1\n")


async def test_parts_of_a_form_are_the_query_and_its_parameters(http: ClientSession) -> None:
    form = FormData(default_to_multipart=True)
    form.add_field("query", "SELECT {n:UInt8} + count() FROM more")
    form.add_field("param_n", "40")
    form.add_field("more", "1\n2\n", filename="more")
    async with http.post("/", params={"more_types": "UInt8"}, data=form) as answer:
        assert (answer.status, await answer.text()) == (200, "42\n")


async def test_what_is_elsewhere_is_said_to_be_elsewhere(http: ClientSession) -> None:
    async with http.get("/nowhere") as answer:
        assert answer.status == 404
        assert "There is no handle /nowhere" in await answer.text()


async def _run(http: ClientSession, query: str, **params: str) -> str:
    async with http.post("/", data=query, params=params) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return text


async def _running(http: ClientSession, query_id: str) -> bool:
    asked = "SELECT count() FROM system.processes WHERE Settings['log_comment'] = {id:String}"
    return await _run(http, asked, param_id=query_id) != "0\n"


async def _until_running(http: ClientSession, query_id: str) -> None:
    async with asyncio.timeout(10):
        while not await _running(http, query_id):
            await asyncio.sleep(0.02)
