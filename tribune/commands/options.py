"""What every command takes, `--config`, and how it ends when the settings are wrong."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from tribune.settings.read import BadSettings, read_settings
from tribune.settings.shape import Settings

# CONTRACT, Commands; 2 as click has it for options that are wrong
FAILED = 1
BAD_SETTINGS = 2

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="TRIBUNE_CONFIG",
    metavar="FILE",
    help="Settings; by default tribune.toml in this folder, if there. Also TRIBUNE_CONFIG.",
)


_rehearsal = click.option(
    "--rehearsal",
    is_flag=True,
    help="The rehearsal: own data, log and secret, simulated devices. Also TRIBUNE_REHEARSAL=true.",
)


class InOrder(click.Group):
    """Lists its commands in the order in which they are defined."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)


def takes_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its settings; wrong ones are all said, and end it with exit code 2."""

    @_config
    @_rehearsal
    @wraps(command)
    def run(config: Path | None, *, rehearsal: bool, **rest: Any) -> Any:
        return command(settings_or_exit(config, rehearsal=rehearsal), **rest)

    return run


def settings_or_exit(config: Path | None, *, rehearsal: bool = False) -> Settings:
    """Read the settings, or say what is wrong with them and leave."""
    said = {"TRIBUNE_REHEARSAL": "true"} if rehearsal else {}
    try:
        return read_settings(config, os.environ | said)
    except BadSettings as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(BAD_SETTINGS)


def fail(error: object, code: int = FAILED) -> NoReturn:
    """Say on standard error what is wrong, and leave."""
    click.echo(str(error), err=True)
    sys.exit(code)
