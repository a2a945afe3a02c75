"""Which web pages may connect, by the Origin that their browser names (pure).

Nothing here hangs on a cookie, so a foreign page could read no more than its visitor; the check
keeps foreign pages from spending our connections. Who names no origin is no browser, and may.
"""

from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def may_connect(origins: list[str], hosts: list[str], allowed: frozenset[str]) -> bool:
    """Judge a handshake by its Origin and Host headers.

    Pages of push's own host name may, on any port, and those of the `allowed` host names. `null`
    (a file, a sandboxed frame) may only when `allowed` holds that word.
    """
    if not origins:
        return True
    if len(origins) != 1 or len(hosts) != 1:
        return False
    if origins[0] == "null":
        return "null" in allowed
    page, own = _host_name(origins[0]), _host_name(f"http://{hosts[0]}")
    if page is None:
        return False
    return page == own or page in allowed or {page, own} <= LOOPBACK


def _host_name(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
