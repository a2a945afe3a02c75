"""A supervisor over fake roles, as a process of a test: RUN_DIR and then NAME:PORT[:WORD...]."""

import asyncio
import sys
from pathlib import Path

from tests.support.fakes import fake
from tribune.plan import Plan
from tribune.screen import Screen
from tribune.up import supervise


def main() -> None:
    run_dir = Path(sys.argv[1])
    roles = []
    for words in sys.argv[2:]:
        name, port, *rest = words.split(":")
        roles.append(fake(name, int(port), *rest))
    plan = Plan(broker=None, clickhouse=None, roles=tuple(roles), refill=(), own_servers=())
    screen = Screen(sys.stdout)
    code = asyncio.run(supervise(plan, run_dir, screen, {}, None))
    screen.close()
    sys.exit(code)


main()
