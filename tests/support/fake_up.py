"""A supervisor over fake roles, as a process of a test: RUN_DIR and then NAME:PORT[:WORD...].

With `PLAYED` in the environment something is played that ends at once, with that code.
"""

import asyncio
import os
import sys
from pathlib import Path

from tests.support.fakes import fake
from tribune.supervise.plan import Plan
from tribune.supervise.screen import Screen
from tribune.supervise.up import supervise


async def play() -> int:
    return int(os.environ["PLAYED"])


def main() -> None:
    run_dir = Path(sys.argv[1])
    roles = []
    for words in sys.argv[2:]:
        name, port, *rest = words.split(":")
        roles.append(fake(name, int(port), *rest))
    plan = Plan(servers=(), roles=tuple(roles), open_log=(), own_servers=())
    screen = Screen(sys.stdout)
    played = play if "PLAYED" in os.environ else None
    code = asyncio.run(supervise(plan, run_dir, screen, {}, played))
    screen.close()
    sys.exit(code)


main()
