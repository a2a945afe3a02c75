"""docs/analysts.md: every query gives the answer that stands below it, on the example evening."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.addresses import ClickHouseAddress
from tests.support.analyst_evening import load
from tests.support.archive import ask
from tests.support.clickhouse import embedded_clickhouse
from tribune.proof.reconcile import reconcile

PAGE = (Path(__file__).parents[2] / "docs" / "analysts.md").read_text(encoding="utf-8")
ANSWERED = re.compile(r"```sql\n([^`]*?)```\n\n((?:\|[^\n]*\n)*)")
QUESTIONS = {query.strip()[:60]: (query, answer) for query, answer in ANSWERED.findall(PAGE)}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseAddress]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as server:
        load(server.address)
        yield server.address


def test_the_page_answers_at_least_ten_questions() -> None:
    assert len(re.findall(r"^## \d+\. .*\?$", PAGE, re.MULTILINE)) >= 10
    assert PAGE.count("```sql") == len(QUESTIONS)
    assert all(answer for _, answer in QUESTIONS.values())


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_query_gives_the_answer_that_stands_below_it(
    evening: ClickHouseAddress, question: str
) -> None:
    query, answer = QUESTIONS[question]
    assert await ask(evening, f"{query} FORMAT Markdown") == answer.rstrip("\n")


async def test_the_evening_s_boards_are_what_a_recount_gives(evening: ClickHouseAddress) -> None:
    report = await reconcile(evening, "satisfaction-2026")
    assert report.ok, report.summary


def test_the_ways_to_connect_work_as_written(evening: ClickHouseAddress, tmp_path: Path) -> None:
    port = evening.url.rpartition(":")[2]
    shell, python = (
        re.findall(rf"```{kind}\n([^`]*?)```", PAGE)[0].replace("8123", port)
        for kind in ("sh", "python")
    )
    said = subprocess.run(
        ["sh", "-e"], input=shell, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout == "11733\n"
    assert (tmp_path / "votes.parquet").read_bytes()[:4] == b"PAR1"
    found: dict[str, object] = {}
    exec(python, found)
    assert len(found["frame"]) == 10_845  # pyright: ignore[reportArgumentType]
