"""What every command takes, `--config`, and how it ends when the settings are wrong."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from tribune.read_settings import BadSettings, read_settings
from tribune.settings import Settings

FAILED = 1
BAD_SETTINGS = 2

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="TRIBUNE_CONFIG",
    metavar="FILE",
    help="Settings; by default tribune.toml in this folder, if there. Also TRIBUNE_CONFIG.",
)


class InOrder(click.Group):
    """Lists its commands in the order in which they are defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


def takes_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its settings; wrong ones are all said, and end it with exit code 2."""

    @_config
    @wraps(command)
    def run(config: Path | None, **rest: Any) -> Any:
        return command(settings_or_exit(config), **rest)

    return run


def settings_or_exit(config: Path | None) -> Settings:
    """Read the settings, or say what is wrong with them and leave."""
    try:
        return read_settings(config, os.environ)
    except BadSettings as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(BAD_SETTINGS)


def fail(error: object, code: int = FAILED) -> NoReturn:
    """Say on standard error what is wrong, and leave."""
    click.echo(str(error), err=True)
    sys.exit(code)
