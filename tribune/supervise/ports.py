"""Which ports of the settings are taken, said before anything starts."""

import errno
import socket
import time
from collections.abc import Iterable

from tribune.settings.addresses import LOOPBACK
from tribune.settings.shape import Settings

EMBEDDED = ("broker", "broker_controller", "clickhouse")
LOOK_S = 0.1  # so much later a start goes on when a port is free


def ports_of(settings: Settings, roles: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Where each role listens: the embedded servers on loopback, the others as `[listen]` says."""
    return {
        role: (
            LOOPBACK if role in EMBEDDED else settings.listen.host,
            getattr(settings.ports, role),
        )
        for role in roles
    }


def taken_ports(settings: Settings, roles: Iterable[str], within_s: float = 0.0) -> list[str]:
    """Say which ports cannot be had; `within_s` waits for what a killed one is just leaving."""
    deadline = time.monotonic() + within_s
    ports = ports_of(settings, roles)
    while True:
        problems = [
            problem for role, at in ports.items() if (problem := _problem(role, *at)) is not None
        ]
        if not problems or time.monotonic() >= deadline:
            return problems
        time.sleep(LOOK_S)


def _problem(role: str, host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return f"port {port} ({role}) {_why(error, host)}; {_way_out(error, role)}"
    return None


def _why(error: OSError, host: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"on {host} is in use by another program"
    return f"on {host} cannot be had: {error.strerror}"


def _way_out(error: OSError, role: str) -> str:
    if error.errno in (errno.EADDRNOTAVAIL, -2):
        return "set [listen] host to an address of this machine (TRIBUNE_LISTEN_HOST)"
    return (
        f"stop that program, or set another port with [ports] {role} in tribune.toml "
        f"or TRIBUNE_PORTS_{role.upper()}"
    )
