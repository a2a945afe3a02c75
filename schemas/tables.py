"""The tables and views of ClickHouse: numbered steps that were taken once, and views on top.

The SQL stands in `schemas/clickhouse/`, for people who read databases rather than Python. It is
ClickHouse's own, runs on any server, and may be run again: each step makes only what is missing.
"""

from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files

FOLDER = "schemas.clickhouse"
STEPS = ("0001_facts.sql",)
VIEWS = "views.sql"

# What was done to a database; the newest row of a name says which text of it.
VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_versions
(
    name String,
    digest String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A file of statements; `digest` tells whether it is the text that was run before."""

    name: str
    digest: str
    statements: tuple[str, ...]
    is_step: bool


def scripts() -> list[Script]:
    """All scripts, in order: a step runs once, the views again whenever their text changes."""
    return [_script(name, is_step=True) for name in STEPS] + [_script(VIEWS, is_step=False)]


def _script(name: str, *, is_step: bool) -> Script:
    text = files("schemas").joinpath("clickhouse", name).read_text(encoding="utf-8")
    # 128 bits: two texts of a script never have the same
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    return Script(name, digest, statements(text), is_step)


def statements(text: str) -> tuple[str, ...]:
    """The statements of a script: each ends with a semicolon at the end of its line."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    parts = "\n".join(lines).split(";\n")
    return tuple(part.strip().removesuffix(";") for part in parts if part.strip())
