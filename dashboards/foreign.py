"""Foreign files are opened in a process of their own, which takes nothing with it when it fails."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress

OUR_SETTINGS = "TRIBUNE_"


async def open_apart(command: Sequence[str], within_s: float, given: bytes = b"") -> bytes:
    """Run what opens a file, and say what it printed; `given` is its standard input.

    It has a group of its own, which ends with it, and none of our settings.

    Raises:
        TimeoutError: it took longer.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: said for name, said in os.environ.items() if not name.startswith(OUR_SETTINGS)},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(within_s):
            told, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return told
