import re
import tomllib
from pathlib import Path
from typing import get_args

from dashboards.words import CATALOGUE, LANGUAGES, section_words, words
from schemas.boards import Status
from schemas.tallies import RoundStatus
from streams.gateway.pages import VoteError

DASHBOARDS = CATALOGUE.parents[1]
SPOKEN = re.compile(r"""say\(\s*["'`]([a-z]+\.[a-z_]+)["'`]""")
PLACED = re.compile(r"\{\{([a-z_]+\.[a-z_]+)\}\}")
WORD = re.compile(r"\w+")
COMMANDS = ("agents/reducers/commands.py", "agents/reducers/rundown_rules.py")
CONSOLE = (
    "dashboards/api/sessions/routes.py",
    "dashboards/api/web/auth.py",
    "dashboards/api/web/errors.py",
)
RULED = re.compile(r'refuse\(\s*\w+,\s*[\w.]+,\s*"([a-z_]+)"')
REFUSED = re.compile(r'RequestRefused\(\s*4(?:01|03|09|12),\s*"([a-z_]+)"')
FILLED = re.compile(r"\{(\w+)\}")


def _sources(*patterns: str) -> str:
    files: list[Path] = [path for pattern in patterns for path in DASHBOARDS.glob(pattern)]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def test_everything_is_said_in_both_languages() -> None:
    for section in tomllib.loads(CATALOGUE.read_text(encoding="utf-8")).values():
        for entry in section.values():
            assert set(entry) == set(LANGUAGES)
            assert all(entry.values())


def test_both_languages_are_filled_in_with_the_same() -> None:
    for key, said in words("zh").items():
        assert set(FILLED.findall(said)) == set(FILLED.findall(words("en")[key])), key


def test_what_scripts_say_and_templates_place_is_in_the_catalogue() -> None:
    used = set(SPOKEN.findall(_sources("static/js/*.js")))
    used |= set(PLACED.findall(_sources("pages/templates/*.html", "pages/*.py")))
    assert used
    assert used <= words("zh").keys()


def test_whatever_refuses_a_command_has_words_at_the_desk() -> None:
    root = DASHBOARDS.parent
    rules = (*COMMANDS, "agents/reducers/live_state.py")
    found = {word for path in rules for word in RULED.findall((root / path).read_text("utf-8"))}
    found |= {
        word for path in CONSOLE for word in REFUSED.findall((root / path).read_text("utf-8"))
    }
    found |= {"unknown_broadcast", "log_unavailable", "bad_token"}
    found |= {"rundown", "rundown_unknown", "rundown_marked", "rundown_closed"}
    assert {"late", "added_ms", "not_skipped", "slots", "another_on", "wrong_role"} <= found
    desk = (DASHBOARDS / "static/js/command.js").read_text("utf-8").split("REFUSED = [")[1]
    told = set(re.findall(r'"([a-z_]+)"', desk.split("]")[0]))
    assert found <= told
    assert {f"refused.{word}" for word in told} <= words("zh").keys()


def test_nothing_is_in_the_catalogue_that_no_page_says() -> None:
    sources = _sources("static/*.js", "static/js/*.js", "pages/templates/*.html", "**/*.py")
    said = {*WORD.findall(sources), *get_args(VoteError), *get_args(RoundStatus), *get_args(Status)}
    for key in words("zh"):
        assert key.split(".")[1].removesuffix("_next") in said, key


def test_a_page_gets_the_sections_that_it_needs() -> None:
    assert set(section_words("en", ("live", "foot"))) == {
        key for key in words("en") if key.startswith(("live.", "foot."))
    }
