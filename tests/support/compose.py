"""What docker-compose.yml and Dockerfile say, with a filled-in .env, without Docker."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
ENV_EXAMPLE = ROOT / ".env.example"
ROLES = ("gateway", "worker", "archive", "push", "console", "stage")
VARIABLE = re.compile(r"\$\{(\w+)(:[?-])([^}]*)\}")


def absent(reason: str) -> NoReturn:
    if os.environ.get("TRIBUNE_REQUIRE_ALL") == "1":
        pytest.fail(f"required here: {reason}")
    pytest.skip(f"CANNOT BE CHECKED HERE: {reason}")


def services() -> dict[str, Any]:
    """The services of the file as they are written."""
    return yaml.safe_load(COMPOSE.read_text())["services"]


def composed(variables: Mapping[str, str]) -> dict[str, Any]:
    """The services of the file with every variable filled in, as compose does it.

    Raises:
        ValueError: one that must be set is not.
    """
    return _filled(services(), variables)


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _filled(each, variables) for key, each in value.items()}
        case list():
            return [_filled(each, variables) for each in value]
        case str():
            return VARIABLE.sub(lambda found: _said(variables, *found.groups()), value)
        case _:
            return value


def _said(variables: Mapping[str, str], name: str, otherwise: str, text: str) -> str:
    given = variables.get(name)
    if not given and otherwise == ":?":
        raise ValueError(f"{name}: {text}")
    return given or text


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write a .env: the example of the project, with these values filled in."""
    lines = ENV_EXAMPLE.read_text().splitlines()
    for name, value in values.items():
        lines[lines.index(f"{name}=")] = f"{name}={value}"
    path.write_text("\n".join(lines) + "\n")


def read_env(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def image() -> tuple[list[str], dict[str, str]]:
    """The entry point of Tribune's image, and what it adds to the environment, PATH aside."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    [entry] = re.findall(r"^ENTRYPOINT (.+)$", text, re.M)
    [words] = re.findall(r"^ENV (.+)$", text, re.M)
    said = dict(word.split("=", 1) for word in words.split())
    assert said.pop("PATH") == "/opt/tribune/bin:$PATH"
    return json.loads(entry), said
