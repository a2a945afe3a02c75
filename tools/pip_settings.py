"""Tells uv, which installs, what pip is told about indexes, proxies and certificates.

uv does not read pip's settings; whoever has pip working behind a mirror has no more to do.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

# pip's later places win: what is said to all commands, to `install`, in a variable.
SECTIONS = ("global.", "install.", ":env:.")


def said_to_pip() -> dict[str, str]:
    """Ask this environment's pip which settings it would install with."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    return read(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read(listing: str) -> dict[str, str]:
    """Read what `pip config list` prints, e.g. `global.index-url='https://...'`."""
    pairs = [line.partition("=") for line in listing.splitlines() if "=" in line]
    found: dict[str, str] = {}
    for section in SECTIONS:
        named = [(name, value) for name, _, value in pairs if name.startswith(section)]
        found |= {
            name.removeprefix(section): str(ast.literal_eval(value)).strip()
            for name, value in named
        }
    return found


def for_programs(pip: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that say the same to uv, and to whatever else fetches.

    A variable that is set already is left alone.
    """
    found: dict[str, str] = {}
    for name, value in pip.items():
        for variable, say in SAID_AS.get(name, {}).items():
            found[variable] = say(value)
    return {name: value for name, value in found.items() if value and not _is_set(name, known)}


def _is_set(name: str, known: Mapping[str, str]) -> bool:
    return bool(known.get(name) or known.get(name.lower()))


def _same(value: str) -> str:
    return value


def _there(value: str) -> str:
    """Of the places of wheels those that are there: pip only warns of others, uv ends."""
    return ",".join(p for p in value.split() if "://" in p or Path(p).exists())


def _if_true(value: str) -> str:
    return "1" if value.lower() in {"1", "true", "yes", "on"} else ""


def _as_pip_does(_: str) -> str:
    """Look in all indexes; a wheel from any of them must have the hash of our lock."""
    return "unsafe-best-match"


def _in_one_line(value: str) -> str:
    return " ".join(value.split())


SAID_AS: dict[str, dict[str, Callable[[str], str]]] = {
    "index-url": {"UV_DEFAULT_INDEX": _same},
    "extra-index-url": {"UV_INDEX": _in_one_line, "UV_INDEX_STRATEGY": _as_pip_does},
    "find-links": {"UV_FIND_LINKS": _there},
    "no-index": {"UV_NO_INDEX": _if_true},
    "proxy": {"HTTP_PROXY": _same, "HTTPS_PROXY": _same},
    "cert": {"SSL_CERT_FILE": _same, "REQUESTS_CA_BUNDLE": _same},
    "client-cert": {"SSL_CLIENT_CERT": _same},
    "trusted-host": {"UV_INSECURE_HOST": _in_one_line},
    "timeout": {"UV_HTTP_TIMEOUT": _same},
    "default-timeout": {"UV_HTTP_TIMEOUT": _same},
}


def environment() -> dict[str, str]:
    """Give the variables of this process, and those that say what pip is told."""
    return {**os.environ, **for_programs(said_to_pip(), os.environ)}
