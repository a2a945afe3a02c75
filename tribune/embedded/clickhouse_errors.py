"""ClickHouse's exceptions as its HTTP interface tells them: a code, a status, one line of text."""

import re

CODE = re.compile(r"Code: (\d+)\. ")
VERSION = re.compile(r" \(version [^()]*(?:\([^()]*\))?\)\s*$")

# src/Server/HTTP/exceptionCodeToHTTPStatus.cpp of ClickHouse, by the names that end each message.
STATUS_BY_NAME: dict[str, int] = {
    name: status
    for status, names in (
        (401, "REQUIRED_PASSWORD"),
        (
            403,
            "UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED",
        ),
        (
            400,
            "BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE "
            "CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME "
            "CANNOT_PARSE_NUMBER CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 "
            "CANNOT_PARSE_IPV6 CANNOT_PARSE_INPUT_ASSERTION_FAILED CANNOT_PARSE_UUID "
            "DUPLICATE_COLUMN ILLEGAL_COLUMN THERE_IS_NO_COLUMN UNKNOWN_ELEMENT_IN_AST "
            "UNKNOWN_TYPE_OF_AST_NODE TOO_DEEP_AST TOO_BIG_AST UNEXPECTED_AST_STRUCTURE "
            "SYNTAX_ERROR INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
        ),
        (
            404,
            "UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE "
            "UNKNOWN_DATABASE UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING "
            "UNKNOWN_AGGREGATE_FUNCTION UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE "
            "UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE",
        ),
        (413, "QUERY_IS_TOO_LARGE"),
        (501, "NOT_IMPLEMENTED"),
        (503, "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK"),
        (411, "HTTP_LENGTH_REQUIRED"),
        (408, "TIMEOUT_EXCEEDED"),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
    )
    for name in names.split()
}


class ClickHouseException(Exception):
    """An exception with ClickHouse's code and name; `text` is the whole line a client reads."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.name = name
        self.text = f"Code: {code}. DB::Exception: {message} ({name})"

    @property
    def status(self) -> int:
        """The HTTP status that ClickHouse gives it."""
        return STATUS_BY_NAME.get(self.name, 500)


def from_engine(said: str) -> ClickHouseException:
    """Read what the engine raised; text without a code is a standard exception (1001)."""
    found = CODE.search(said)
    if found is None:
        return ClickHouseException(1001, "STD_EXCEPTION", f"std::exception: {said}")
    text = VERSION.sub("", said[found.start() :]).strip()
    error = ClickHouseException(int(found[1]), _name(text), text)
    error.text = text
    return error


def _name(text: str) -> str:
    names = re.findall(r"\(([A-Z][A-Z0-9_]+)\)", text)
    return names[-1] if names else ""


def in_stream(text: str, tag: str) -> bytes:
    """The block that tells a client of an error after the answer began (ClickHouse 25.11 on)."""
    said = text.encode()
    length = len(said) + 1
    return b"\r\n__exception__\r\n%b\r\n%b\n%d %b\r\n__exception__\r\n" % (
        tag.encode(),
        said,
        length,
        tag.encode(),
    )
