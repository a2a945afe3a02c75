"""Reads the head of a request: its first line and its header fields (RFC 9112, sections 3 and 5).

Strict where laxness has let requests be smuggled: no space before a colon, no folded lines, no
bare line feeds, no two lengths, exactly one Host. Without regular expressions: they took longer
than all the rest of a request.
"""

from functools import lru_cache

from streams.gateway.http.messages import BadRequest, Request

# As Apache's LimitRequestFields; browsers send 20
MOST_FIELDS = 100
# RFC 9110, 5.6.2: token
NAME_CHARS = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# RFC 9110, 5.5: field values hold no control characters but the tab
TEXT_BYTES = bytes(byte for byte in range(256) if byte >= 0x20 and byte != 0x7F) + b"\t"
ENDS = b"\r\n"
# Two of these that differ are how requests are smuggled (RFC 9112, 11.2); all others may be joined
# by commas
ONCE = frozenset({"content-length", "content-type", "host", "transfer-encoding"})

# RFC 9112, 3 and 5; 400 Bad Request
BAD_LINE = BadRequest(400, "bad_request_line", "send METHOD PATH HTTP/1.1")
BAD_FIELD = BadRequest(400, "bad_header_field", "send NAME: VALUE, a line each")


def read_head(head: bytes) -> Request | BadRequest:
    """Read a head, without the two line ends after it."""
    line, *fields = head.decode("latin-1").split("\r\n")
    text = head.translate(None, ENDS)
    if text.translate(None, TEXT_BYTES) or len(text) + 2 * len(fields) != len(head):
        return BAD_FIELD
    if len(fields) > MOST_FIELDS:
        return BadRequest(431, "too_many_headers", f"send at most {MOST_FIELDS} header fields")
    request = _read_line(line)
    if isinstance(request, BadRequest):
        return request
    headers = request.headers
    for field in fields:
        raw, colon, value = field.partition(":")
        name = _name(raw)
        if not colon or not name:
            return BAD_FIELD
        value = value.strip(" \t")
        if name in headers:
            if name in ONCE:
                return BadRequest(400, "repeated_header", f"send {name} once at most")
            value = f"{headers[name]}, {value}"  # RFC 9110, 5.3
        headers[name] = value
    return _checked(request)


def _read_line(line: str) -> Request | BadRequest:
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not _name(method) or not target or " " in target or "\t" in target:
        return BAD_LINE
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        return BAD_LINE
    path, _, query = _origin_form(target).partition("?")
    request = Request(method, path, query)
    request.is_1_1 = version == "HTTP/1.1"
    return request


# Peers repeat the same thirty names; who invents new ones only drives those out
@lru_cache(1_024)
def _name(raw: str) -> str:
    """A name in lower case; empty when it is none (RFC 9110, 5.6.2)."""
    # 64: no field of the IANA registry is longer than 40
    is_name = 0 < len(raw) <= 64 and not raw.encode("latin-1").translate(None, NAME_CHARS)
    return raw.lower() if is_name else ""


def _origin_form(target: str) -> str:
    """The path of a target that names its host too, as proxies send it (RFC 9112, 3.2.2)."""
    if target.startswith("/") or "://" not in target:
        return target
    _, slash, path = target.partition("://")[2].partition("/")
    return slash + path or "/"


def _checked(request: Request) -> Request | BadRequest:
    headers = request.headers
    if request.is_1_1 and "host" not in headers:
        return BadRequest(400, "no_host", "send a Host header (RFC 9112, 3.2)", request.path)
    if "transfer-encoding" in headers:
        # a server may refuse both, and must know the coding (RFC 9112, 6.1)
        coding = headers["transfer-encoding"].lower()
        if not request.is_1_1 or coding != "chunked" or "content-length" in headers:
            detail = "send one Content-Length, or chunks"
            return BadRequest(400, "bad_length", detail, request.path)
        request.is_chunked = True
    request.keeps_alive = request.is_1_1 and "close" not in headers.get("connection", "").lower()
    return request
