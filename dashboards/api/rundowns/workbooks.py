"""Reads an XLSX file in a process of its own: `python -m dashboards.api.rundowns.workbooks`.

What is uploaded is foreign: one cell far away from the others, or a part that unpacks to more than
it says, can take more memory than there is, and the reader then ends its process.
"""

import json
import resource
import sys

from dashboards.api.rundowns.spreadsheets import NotATable, Table, read_xlsx
from dashboards.foreign import open_apart

# Of addresses, of which Python and its libraries reserve far more than they use; as for decks
MEMORY_BYTES = 2 << 30
# 2,000 rows take 0.03 s (measured): what takes this long is no rundown
CPU_S = 20
# CPU_S on a machine that is half busy; also for a reader that sleeps
READ_WITHIN_S = 30.0
TOO_LARGE = (
    "the file cannot be read: keep only the rundown in it, with nothing far below or beside it, "
    "and save it again as .xlsx or .csv"
)


async def read_workbook(body: bytes) -> Table:
    """Read the first sheet of an XLSX file that holds something.

    Raises:
        NotATable: it is no such file, or too large.
    """
    try:
        told = await open_apart((sys.executable, "-m", __name__), READ_WITHIN_S, body)
        answer = json.loads(told)
    except (TimeoutError, ValueError):
        raise NotATable(TOO_LARGE) from None
    if "problem" in answer:
        raise NotATable(answer["problem"])
    return answer["table"]


def main() -> None:
    """Read standard input, and say on standard output what came of it, as JSON."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    try:
        answer = {"table": read_xlsx(sys.stdin.buffer.read())}
    except NotATable as error:
        answer = {"problem": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
