"""What an HTTP request asks of ClickHouse: its query, settings and parameters; and who may ask."""

import ipaddress
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tribune.embedded.clickhouse_errors import ClickHouseException

# Parameters of the interface itself; every other one is a setting (HTTPHandler of ClickHouse).
INTERFACE = frozenset(
    [
        "query",
        "database",
        "default_format",
        "query_id",
        "session_id",
        "session_timeout",
        "session_check",
        "wait_end_of_query",
        "buffer_size",
        "user",
        "password",
        "quota_key",
        "role",
        "stacktrace",
        "client_protocol_version",
    ]
)
HEADERS = {"X-ClickHouse-Database": "database", "X-ClickHouse-Format": "default_format"}
DEFAULT_FORMAT = "TabSeparated"
# ClickHouse's default_session_timeout
SESSION_TIMEOUT_S = 60
# ClickHouse's max_session_timeout
LONGEST_SESSION_S = 3600
TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class External:
    """A table that a client sends along with its query."""

    name: str
    structure: str
    format: str
    data: bytes


@dataclass(slots=True)
class Ask:
    """One request, told apart into what the interface, the engine and the query need."""

    query: bytes = b""
    database: str = ""
    format: str = DEFAULT_FORMAT
    query_id: str = ""
    session_id: str = ""
    session_timeout_s: int = SESSION_TIMEOUT_S
    session_must_exist: bool = False
    whole_answer: bool = False
    answer_encoding: str = ""
    readonly: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    externals: list[External] = field(default_factory=list)


def understand(
    pairs: Iterable[tuple[str, str]], headers: Mapping[str, str], *, writes: bool
) -> Ask:
    """Read the parameters of the address and the headers; `writes` is false for GET and HEAD.

    Raises:
        ClickHouseException: something that this stand-in does not do, or not so.
    """
    given = {name: headers[header] for header, name in HEADERS.items() if header in headers}
    given |= dict(pairs)
    _refuse_native_blocks(given)
    parameters = {name: value for name, value in given.items() if name.startswith("param_")}
    return Ask(
        query="".join(value for name, value in pairs if name == "query").encode(),
        database=given.get("database", ""),
        format=given.get("default_format", "") or DEFAULT_FORMAT,
        query_id=given.get("query_id", "") or str(uuid.uuid4()),
        session_id=given.get("session_id", ""),
        session_timeout_s=_session_timeout(given.get("session_timeout")),
        session_must_exist=given.get("session_check", "0") in TRUE,
        whole_answer=given.get("wait_end_of_query", "0") in TRUE,
        readonly=not writes,
        settings={key: given[key] for key in given.keys() - parameters.keys() - INTERFACE},
        parameters={name.removeprefix("param_"): value for name, value in parameters.items()},
    )


def _refuse_native_blocks(given: dict[str, str]) -> None:
    for name in ("compress", "decompress"):
        if given.pop(name, "0") not in ("0", "false"):
            said = (
                f"{name}=1 (blocks of the native protocol) is not done by the embedded ClickHouse"
            )
            how = "use Content-Encoding, or Accept-Encoding with enable_http_compression=1"
            raise ClickHouseException(48, "NOT_IMPLEMENTED", f"{said}; {how}")


def _session_timeout(given: str | None) -> int:
    if given is None:
        return SESSION_TIMEOUT_S
    if not given.isdecimal() or int(given) > LONGEST_SESSION_S:
        raise ClickHouseException(
            374, "INVALID_SESSION_TIMEOUT", f"Invalid session timeout: '{given}'"
        )
    return int(given)


def take_external(ask: Ask, name: str, data: bytes) -> None:
    """Take a table of a multipart body; its format and structure stand among the parameters.

    Raises:
        ClickHouseException: the parameters do not say its structure.
    """
    written = ask.settings.pop(f"{name}_format", DEFAULT_FORMAT)
    structure = ask.settings.pop(f"{name}_structure", "")
    types = ask.settings.pop(f"{name}_types", "")
    if not structure:
        columns = [kind.strip() for kind in types.split(",") if kind.strip()]
        structure = ", ".join(f"_{number} {kind}" for number, kind in enumerate(columns, 1))
    if not structure:
        raise ClickHouseException(
            36, "BAD_ARGUMENTS", f"Neither structure nor types have not been provided for {name}"
        )
    ask.externals.append(External(name, structure, written, data))


def refusal(headers: Mapping[str, str], own_hosts: frozenset[str]) -> str | None:
    """Why a request must not be answered, or None.

    There is no password here, so nothing that a web page of another origin makes a browser send
    may be answered: not through a name that the page's owner points at this machine (the Host is
    an address of this machine or `localhost`), and not across origins (Origin, Sec-Fetch-Site).
    """
    host = headers.get("Host", "")
    if not _is_own(host, own_hosts):
        return f"the Host '{host}' is not an address of this machine"
    origin = headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return f"a page of the origin '{origin}' may not query this ClickHouse"
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "a page of another site may not query this ClickHouse"
    return None


def _is_own(host: str, own_hosts: frozenset[str]) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in own_hosts:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
