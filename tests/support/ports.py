"""Free loopback ports for servers that a test starts."""

import os
import re
import socket
from itertools import count

# Below those that systems give to outgoing connections (from 32,768 on, RFC 6335 from 49,152): else
# a client may take one between the look and the server's start.
FIRST, LAST = 12_000, 32_000
# Runs that stand beside each other (pytest-xdist's workers) look at ports of their own.
LANES = 8


def _lane() -> int:
    worker = re.search(r"\d+$", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return int(worker[0]) % (LANES - 1) if worker else LANES - 1


_ROUNDS = (LAST - FIRST) // LANES
_TURNS = count(os.getpid())


def free_port() -> int:
    """A port that nobody listens on, and that was not given before by this process."""
    while True:
        port = FIRST + _lane() + LANES * (next(_TURNS) % _ROUNDS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
