import pytest

from tribune.embedded.clickhouse_sql import Statement, local_access, parse


def data_of(head: bytes) -> bytes:
    statement = parse(head)
    assert statement.data_from is not None
    return head[statement.data_from :]


@pytest.mark.parametrize(
    ("head", "text", "written", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1,2", b"INSERT INTO t ", "CSV", b"1,2"),
        (b"insert into t(a, b) format Native\r\n\x01\x00", b"insert into t(a, b) ", "Native", None),
        (b"INSERT INTO t FORMAT TSV \t \n\n", b"INSERT INTO t ", "TSV", b"\n"),
        (b"INSERT INTO t SETTINGS x=1 FORMAT CSV 1", None, "CSV", b"1"),
        (b"INSERT INTO t VALUES (1, 'FORMAT'), (2)", None, "Values", b" (1, 'FORMAT'), (2)"),
        (b"/* FORMAT */ INSERT INTO `format` (values) FORMAT CSV\n", None, "CSV", b""),
        (b"INSERT INTO d.format FORMAT CSV\n", None, "CSV", b""),
        (b"INSERT INTO FUNCTION remote('h', t) VALUES (1)", None, "Values", b" (1)"),
    ],
)
def test_the_data_of_an_insert_begins_after_its_format(
    head: bytes, text: bytes | None, written: str, data: bytes | None
) -> None:
    statement = parse(head)
    assert statement.format == written
    assert text is None or statement.text == text
    assert data is None or data_of(head) == data


def test_binary_data_is_never_read_as_sql() -> None:
    assert data_of(b"INSERT INTO t FORMAT Native\n\x00';\xff--\n/*") == b"\x00';\xff--\n/*"


def test_an_insert_that_selects_brings_no_data() -> None:
    for head in (b"INSERT INTO t SELECT 1", b"INSERT INTO t (a) WITH 1 AS x SELECT x FORMAT Null"):
        assert parse(head).data_from is None


@pytest.mark.parametrize(
    ("query", "before", "written"),
    [
        (b"SELECT 1", b"SELECT 1", ""),
        (b"SELECT 1;", b"SELECT 1", ""),
        (b"SELECT 1 ; ; -- end", b"SELECT 1 ", ""),
        (b"SELECT 1 FORMAT JSON", b"SELECT 1 ", "JSON"),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", b"SELECT 1 ", "JSON"),
        (
            b"SELECT 1 SETTINGS max_threads = 1 FORMAT JSON",
            b"SELECT 1 SETTINGS max_threads = 1 ",
            "JSON",
        ),
        (b"SELECT format FROM t", b"SELECT format FROM t", ""),
        (b"SELECT t.format x FROM t", b"SELECT t.format x FROM t", ""),
        (b"SELECT (SELECT 1 FORMAT JSON)", b"SELECT (SELECT 1 FORMAT JSON)", ""),
        (b"SELECT 'x FORMAT JSON'", b"SELECT 'x FORMAT JSON'", ""),
        (b"SELECT 1 -- FORMAT JSON", b"SELECT 1 -- FORMAT JSON", ""),
        (b"(SELECT 1) UNION ALL (SELECT 2) FORMAT CSV", b"(SELECT 1) UNION ALL (SELECT 2) ", "CSV"),
        (b"SELECT $$;FORMAT$$", b"SELECT $$;FORMAT$$", ""),
        (b"EXPLAIN SELECT 1 FORMAT TSV", b"EXPLAIN SELECT 1 ", "TSV"),
    ],
)
def test_the_answer_goes_before_the_format(query: bytes, before: bytes, written: str) -> None:
    statement = parse(query)
    assert statement.answer_at is not None
    assert statement.text[: statement.answer_at] == before
    assert statement.format == written


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (b"", "empty"),
        (b" -- nothing\n/* at all */", "empty"),
        (b"SELECT 1; SELECT 2", "multi"),
        (b"INSERT INTO t SELECT 1; DROP TABLE t", "multi"),
        (b"INSERT INTO t SELECT 1 FORMAT CSV; DROP TABLE t", "multi"),
        (b"SELECT 1 INTO /**/ outfile 'x'", "outfile"),
        (b"INSERT INTO t FROM INFILE 'x' FORMAT CSV", "infile"),
        (b"system /**/ shutdown", "shutdown"),
        (b"INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV\n1", "input"),
        (b"SYSTEM RELOAD DICTIONARIES", None),
        (b"SELECT ';' -- ; \n;", None),
    ],
)
def test_what_cannot_be_run_is_told_apart(query: bytes, problem: str | None) -> None:
    assert parse(query).problem == problem


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (b"SELECT * FROM file('/etc/passwd')", "file"),
        (b"SELECT * FROM FILE /* */ (\n'x')", "file"),
        (b"SELECT `file`('x')", "file"),
        (b"CREATE TABLE t (a Int8) ENGINE = File(CSV, '/x')", "file"),
        (b"SELECT * FROM executable('x', CSV, 'a Int8')", "executable"),
        (b"SELECT file, 'file(x)' FROM profile(1)", None),
    ],
)
def test_reaching_for_files_is_seen(query: bytes, name: str | None) -> None:
    assert local_access(Statement(query)) == name


@pytest.mark.parametrize(
    ("query", "touches"),
    [
        (b"SET a = 1", True),
        (b"USE tribune", True),
        (b"CREATE TEMPORARY TABLE t (a Int8)", True),
        (b"CREATE OR REPLACE TEMPORARY TABLE t (a Int8)", True),
        (b"SELECT 1", False),
    ],
)
def test_what_a_session_must_remember_is_known(query: bytes, touches: bool) -> None:
    assert parse(query).touches_session is touches
