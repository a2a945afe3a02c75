"""How a reader reached us, and what a page may reach from there (pure)."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from schemas.broadcasts import Lang

HOST = re.compile(
    r"^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$", re.IGNORECASE
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def asked_host(header: str) -> str:
    """The host of a Host header without its port; loopback when it names none."""
    found = HOST.fullmatch(header)
    return found[1].lower() if found else "127.0.0.1"


def phones_reach(host: str) -> bool:
    """Whether an address with this host works on other machines too."""
    return host not in LOOPBACK


def policy(host: str, push_port: int, gateway_port: int) -> str:
    """A page's content security policy: our own files, push, and whether the gateway answers."""
    push, gateway = f"{host}:{push_port}", f"{host}:{gateway_port}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"connect-src 'self' ws://{push} wss://{push} http://{gateway} https://{gateway}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def switch(lang: Lang, query: Iterable[tuple[str, str]]) -> str:
    """The address of the same page in the other language, the rest of the query kept."""
    kept = [(key, value) for key, value in query if key != "lang"]
    return "?" + urlencode([*kept, ("lang", "en" if lang == "zh" else "zh")])
