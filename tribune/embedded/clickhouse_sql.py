"""Reads just enough of a ClickHouse statement to know where its data and its answer go."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

TOKEN = re.compile(
    rb"""
      (?P<space>\s+ | --[^\n]* | \#[!\ ][^\n]* | /\*.*?\*/)
    | (?P<string>'(?:[^'\\]|\\.|'')*')
    | (?P<quoted>"(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*`)
    | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>[0-9][A-Za-z0-9_.]*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
DATA_BEGINS = re.compile(rb"[ \t\f]*\r?\n?")
ANSWERING = frozenset(
    b"SELECT WITH FROM SHOW DESCRIBE DESC EXPLAIN EXISTS CHECK TABLE VALUES".split()
)
# What would read or write files of this machine, or start programs on it. A ClickHouse server
# keeps analysts inside `user_files`; this stand-in has no such folder and keeps them out.
LOCAL_ACCESS = frozenset(
    b"FILE FILECLUSTER EXECUTABLE EXECUTABLEPOOL PYTHON FILESYSTEM SQLITE DISK "
    b"ICEBERGLOCAL DELTALAKELOCAL PAIMONLOCAL HUDILOCAL".split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A token that matters: where it stands, how deep in brackets, and what it says."""

    kind: str
    text: bytes
    start: int
    end: int
    depth: int

    @property
    def upper(self) -> bytes:
        """A keyword as ClickHouse compares it; empty for what is no bare word."""
        return self.text.upper() if self.kind == "word" else b""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as a front must know it.

    `text` is the statement without its format clause's data and without a closing semicolon.
    `format` is the format it names, or empty. `data_from` is where its data begins in what was
    parsed, None when it takes none; then `text` ends before FORMAT or VALUES. `answer_at` is where
    `INTO OUTFILE` belongs in `text`, None when it answers with no rows.
    """

    text: bytes
    verb: bytes = b""
    format: str = ""
    data_from: int | None = None
    answer_at: int | None = None
    touches_session: bool = False
    problem: str | None = None


def parse(head: bytes) -> Statement:
    """Read the beginning of a request: a whole statement, or an INSERT up to its data."""
    words = _words(head)
    first = next(words, None)
    if first is None:
        return Statement(b"", problem="empty")
    if first.upper == b"INSERT":
        return _insert(head, first, words)
    return _other(head, [first, *words])


def local_access(statement: Statement) -> str | None:
    """The name of a function in it that reaches for this machine's files, or None."""
    previous: Word | None = None
    for word in _words(statement.text):
        if word.text == b"(" and previous is not None:
            name = previous.text.strip(b'`"').upper()
            if previous.kind in ("word", "quoted") and name in LOCAL_ACCESS:
                return name.decode().lower()
        previous = word
    return None


def _words(head: bytes) -> Iterator[Word]:
    depth = 0
    for match in TOKEN.finditer(head):
        kind = match.lastgroup or "other"
        if match["heredoc"] is not None:
            kind = "heredoc"
        if kind == "space":
            continue
        depth -= kind == "close"
        yield Word(kind, match[0], match.start(), match.end(), depth)
        depth += kind == "open"


def _insert(head: bytes, first: Word, words: Iterator[Word]) -> Statement:
    before = first
    for word in words:
        named = before.upper in (b"INTO", b"TABLE", b"FUNCTION") or before.text == b"."
        before = word
        if word.depth or named:
            continue
        match word.upper:
            case b"VALUES":
                return Statement(head[: word.start], b"INSERT", "Values", word.end)
            case b"FORMAT" if (name := next(words, None)) and name.kind == "word":
                begins = DATA_BEGINS.match(head, name.end)
                data_from = begins.end() if begins else name.end
                return Statement(head[: word.start], b"INSERT", name.text.decode(), data_from)
            case b"INFILE":
                return Statement(head, b"INSERT", problem="infile")
            case b"SELECT" | b"WITH":
                return _insert_selected(head, [word, *words])
            case _:
                pass
    return Statement(head, b"INSERT")


def _insert_selected(head: bytes, words: list[Word]) -> Statement:
    end, more = _end(head, words)
    if any(a.upper == b"INPUT" and b.text == b"(" for a, b in pairwise(words)):
        return Statement(head, b"INSERT", problem="input")
    return Statement(head[:end], b"INSERT", problem="multi" if more else None)


def _other(head: bytes, words: list[Word]) -> Statement:
    end, more = _end(head, words)
    top = [word for word in words if word.depth == 0 and word.start < end]
    if problem := "multi" if more else _forbidden(top):
        return Statement(head, problem=problem)
    verb = _verb(words)
    clause = _format_clause(top)
    at = (top[clause].start if clause is not None else end) if verb in ANSWERING else None
    return Statement(
        head[:end],
        verb,
        top[clause + 1].text.decode() if clause is not None else "",
        answer_at=at,
        touches_session=_touches_session(top),
    )


def _end(head: bytes, words: list[Word]) -> tuple[int, bool]:
    """Where the first statement ends, and whether another one follows."""
    ends = [place for place, word in enumerate(words) if word.text == b";" and word.depth == 0]
    if not ends:
        return len(head), False
    return words[ends[0]].start, any(word.text != b";" for word in words[ends[0] :])


def _forbidden(top: list[Word]) -> str | None:
    if _follows(top, b"INTO", b"OUTFILE"):
        return "outfile"
    ends_the_server = any(_follows(top[:2], b"SYSTEM", how) for how in (b"SHUTDOWN", b"KILL"))
    return "shutdown" if ends_the_server else None


def _verb(words: list[Word]) -> bytes:
    """The first keyword, behind any opening brackets of a union."""
    return next((word.upper for word in words if word.kind != "open"), b"")


def _follows(top: list[Word], first: bytes, second: bytes) -> bool:
    return any(a.upper == first and b.upper == second for a, b in pairwise(top))


def _format_clause(top: list[Word]) -> int | None:
    """Where `FORMAT name` stands, followed by nothing or by SETTINGS: else it is a column."""
    for index in range(len(top) - 2, 0, -1):
        word, name = top[index], top[index + 1]
        if word.upper != b"FORMAT" or name.kind != "word" or top[index - 1].text in (b",", b"."):
            continue
        if index + 2 == len(top) or top[index + 2].upper == b"SETTINGS":
            return index
    return None


def _touches_session(top: list[Word]) -> bool:
    # four: KILL QUERY and SYSTEM SHUTDOWN are told by their first words
    said = [word.upper for word in top[:4]]
    return bool(said) and (said[0] in (b"SET", b"USE") or b"TEMPORARY" in said)
