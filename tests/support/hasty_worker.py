"""A worker, as `tests.support.workers`, that gives a log which is away two seconds to come."""

import sys

import agents.shells.work as work
from tests.support.workers import main

if __name__ == "__main__":
    work.LOG_WITHIN_S = 2.0
    sys.exit(main())
