# ruff: noqa: PLC0415 - each command loads only what it needs: processes start fast and small
"""The commands `tribune rundown` and `tribune session`: presentations, from a terminal."""

import json
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from tribune.commands.options import InOrder, fail, takes_settings
from tribune.settings.shape import Settings

KINDS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json",
}
PRESSES = {
    "go": "start_presentation",
    "pause": "pause_presentation",
    "resume": "resume_presentation",
    "add": "add_time",
    "finish": "finish_presentation",
    "next": "move_on",
    "skip": "skip_slot",
    "unskip": "restore_slot",
    "cut": "cut_microphone",
    "restore": "restore_microphone",
}
# Columns, in characters: the longest unit of the example has 17, a time 8
WIDTHS = (12, 10, 22, 8, 8, 8, 8)


def asks_console(command: Callable[..., None]) -> Callable[..., Any]:
    """Give a command the console's API; what the console refuses ends it with exit code 1."""

    @click.option("--console", metavar="URL", help="The console, if it is on another machine.")
    @takes_settings
    @wraps(command)
    def run(settings: Settings, console: str | None, **rest: Any) -> None:
        from tribune.commands.console_api import ConsoleApi, ConsoleRefused

        try:
            command(ConsoleApi.of(settings, console), **rest)
        except ConsoleRefused as error:
            fail(error)

    return run


@click.group(cls=InOrder)
def rundown() -> None:
    """Show, load and export the running order of presentations."""


@rundown.command()
@click.argument("broadcast")
@asks_console
def show(api: Any, broadcast: str) -> None:
    """Show the running order: planned, expected, and as it was.

    Example: tribune rundown show county-2026
    """
    state = api.get(f"{_path(broadcast)}/session")
    click.echo(_line(("slot", "status", "unit", "planned", "expected", "allotted", "used")))
    for slot in state["slots"]:
        cells = (
            slot["id"],
            slot["status"],
            slot["unit"] or slot["kind"],
            _clock(slot["planned_at"]),
            _clock(slot["expected_at"]),
            _length(slot["allotted_ms"] + slot["added_ms"]),
            _length(slot["used_ms"]),
        )
        click.echo(_line(cells))


@rundown.command()
@click.argument("broadcast")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--day", metavar="DATE", help="The day that times such as 19:30 are on.")
@click.option("--zone", metavar="ZONE", help="Their time zone, as Asia/Shanghai or +08:00.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@asks_console
def load(api: Any, broadcast: str, file: Path, **more: Any) -> None:
    """Load a running order from a CSV or XLSX file into what runs, and say what changes.

    Headings in Chinese or English, in any order. What is wrong is said by row and column, and
    then nothing is changed: exit code 1. What is on or done stays as it is.

    Example: tribune rundown load county-2026 day.xlsx --day 2026-12-01
    """
    from tribune.commands.console_api import ConsoleRefused

    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        fail(f"{file}: a rundown is a .csv, .xlsx or .json file")
    options = {name: "true" if value is True else value for name, value in more.items() if value}
    query = "?" + urlencode(options) if options else ""
    try:
        answer = api.post(f"{_path(broadcast)}/rundown{query}", file.read_bytes(), kind)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except ConsoleRefused as error:
        lines = (line.replace("line ", "row ", 1) for line in str(error).splitlines())
        fail("\n".join(f"{file}: {line}" for line in lines))
    changes = answer["changes"] or ["nothing changes: the order is the same"]
    click.echo("\n".join(f"{broadcast}: {_here(change)}" for change in changes))


@rundown.command()
@click.argument("broadcast")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--zone", metavar="ZONE", help="The time zone to write times in.")
@asks_console
def export(api: Any, broadcast: str, file: Path, zone: str | None) -> None:
    """Write the running order into a CSV, XLSX or JSON file; loaded again it changes nothing.

    Example: tribune rundown export county-2026 day.xlsx
    """
    kind = file.suffix.lower().removeprefix(".")
    if f".{kind}" not in KINDS:
        fail(f"{file}: name it .csv, .xlsx or .json")
    query = urlencode({"format": kind} | ({"zone": zone} if zone else {}))
    content = api.fetch(f"{_path(broadcast)}/rundown?{query}")
    try:
        file.write_bytes(content)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    click.echo(f"{file}: written")


@click.command()
@click.argument("broadcast")
@click.argument("press", metavar="[DO]", required=False, type=click.Choice(list(PRESSES)))
@click.option("--slot", help="Which slot; else the one that is on, or next.")
@click.option("--ms", "added_ms", type=int, help="For add: so much more, or (negative) less.")
@click.option("--reason", help="Why; restore needs one.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole state as one object.")
@asks_console
def session(api: Any, broadcast: str, press: str | None, *, as_json: bool, **more: Any) -> None:
    """Show how a broadcast's session stands, or do something in it.

    DO is go, pause, resume, add, finish, next, skip, unskip, cut or restore. What the rules
    refuse is said with the reason: exit code 1.

    Example: tribune session county-2026 add --ms 30000
    """
    path = _path(broadcast)
    if press is None:
        state = api.get(f"{path}/session")
    else:
        body = {"command": PRESSES[press]} | {key: value for key, value in more.items() if value}
        order = json.dumps(body).encode()
        state = api.post(f"{path}/commands", order, "application/json")
    click.echo(json.dumps(state, ensure_ascii=False) if as_json else _standing(state))


@click.command()
@click.argument("broadcast")
@asks_console
def preflight(api: Any, broadcast: str) -> None:
    """Check a presentation day: slides, evaluators, devices, screens and clocks.

    Ask an hour before, when everything is up. Exit code 1 if something would fail.

    Example: tribune preflight county-2026
    """
    from tribune.commands.preflight import lines

    found = api.get(f"{_path(broadcast)}/preflight")
    click.echo("\n".join(lines(found)))
    if not found["ok"]:
        fail("not ready: see the lines above")


def _standing(state: dict[str, Any]) -> str:
    if "playback" not in state:
        return str(state["detail"])
    lines = [f"{state['broadcast']}: {state['playback']}"]
    if state["slot"]:
        lines.append(
            f"on: {state['slot']}, {_length(state['remaining_ms'])} left, until "
            f"{_clock(state['ends_at'])}; used {_length(state['used_ms'])}"
        )
    if state["next"]:
        lines.append(f"next: {state['next']}")
    for name, device in state["microphone"]["devices"].items():
        words = {True: "open", False: "off", None: "not known"}[device["is_open"]]
        lines.append(f"microphone {name}: {words} ({device['state']})")
    return "\n".join(lines)


def _path(broadcast: str) -> str:
    return f"/api/broadcasts/{quote(broadcast, safe='')}"


def _line(cells: tuple[str, ...]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def _clock(at: int | None) -> str:
    from datetime import UTC, datetime

    if at is None:
        return "-"
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone().strftime("%H:%M:%S")


def _here(change: str) -> str:
    """The same with its times in this machine's time zone, as `rundown show` has them."""
    from datetime import datetime

    def local(found: re.Match[str]) -> str:
        return datetime.fromisoformat(found[0]).astimezone().strftime("%Y-%m-%d %H:%M")

    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+Z", local, change)


def _length(length_ms: int | None) -> str:
    if length_ms is None:
        return "-"
    return f"{length_ms // 60_000}:{length_ms // 1_000 % 60:02d}"
