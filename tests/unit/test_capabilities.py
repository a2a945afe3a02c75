"""The page for newcomers says where things are, and they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-capability.md").read_text(encoding="utf-8")
PLACES = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
LINES = re.findall(r"^- `([\w/.]+)`: `(.+)`$", PAGE, re.MULTILINE)
PATH = re.compile(r"`((?:agents|dashboards|schemas|streams|tests|tribune)/[\w/.-]+)`")


def test_there_are_ten_places_and_every_path_that_is_named_exists() -> None:
    assert [number for number, _, _ in PLACES] == [str(number) for number in range(1, 11)]
    named = PATH.findall(PAGE)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).is_file()] == []
    assert all(PATH.search(where) for _, _, where in PLACES)


def test_the_three_lines_of_the_registers_are_where_the_page_says() -> None:
    registers = [where for _, what, where in PLACES if what.startswith("**register**")]
    assert [f"`{path}`" for path, _ in LINES] == registers
    assert len(LINES) == 3
    for path, line in LINES:
        found = [entry.strip() for entry in (ROOT / path).read_text("utf-8").splitlines()]
        assert found.count(line) == 1, (path, line)


def test_nobody_but_its_own_files_and_the_registers_names_questions() -> None:
    """Else a capability would need more lines than the page says."""
    own = set(PATH.findall(PAGE)) | {
        "dashboards/api/questions/__init__.py",
        "schemas/topics.py",
        "agents/reducers/board_kind.py",
    }
    word = re.compile(
        r"(import questions|questions\.\w+ import|Topic\.QUESTIONS|Questions[A-Z]\w+)"
    )
    found = [
        path.relative_to(ROOT).as_posix()
        for floor in ("schemas", "agents", "streams", "dashboards", "tribune")
        for path in (ROOT / floor).rglob("*.py")
        if word.search(path.read_text("utf-8"))
    ]
    assert set(found) - own == set()
