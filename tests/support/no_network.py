"""A command's way to run with the network shut, loopback too."""

import os
import subprocess

import pytest

SHUT = ("unshare", "--map-root-user", "--net")


def network_shut() -> tuple[str, ...]:
    """The words before a command; skips, or fails, where the system does not let us."""
    try:
        subprocess.run([*SHUT, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("TRIBUNE_REQUIRE_ALL") == "1":
            pytest.fail(f"the network must be shut here: {error}")
        pytest.skip(f"THE NETWORK CANNOT BE SHUT HERE: {error}")
    return SHUT
