"""Tells whoever waits how far a benchmark is: a line each, on standard error."""

import sys
import time

_began = time.monotonic()


def progress(text: str) -> None:
    """Say what is being done now, with the seconds since this process began."""
    print(f"  {time.monotonic() - _began:6.1f} s  {text}", file=sys.stderr, flush=True)
