# ruff: noqa: PLC0415 - each command loads only what it needs: processes start fast and small
"""The commands about groups and their ranking: `tribune group`, `formula`, `recompute`."""

import asyncio
import json
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

from tribune.commands.options import InOrder, fail, takes_settings
from tribune.logs import set_up_logs
from tribune.settings.shape import Settings, secret_words


@click.command()
@click.argument("board")
@takes_settings
def recompute(settings: Settings, board: str) -> None:
    """Make a published board again, from the log and the published formula, and compare.

    BOARD is `satisfaction:ROUND` or `presentations:GROUP`. Exit code 1 on any difference.
    """
    from aiokafka.errors import KafkaError

    from streams.keys import group_key
    from streams.log.kafka import KafkaLog
    from tribune.embedded.kafka.rights import READER
    from tribune.proof.recompute import CannotRecompute
    from tribune.proof.recompute import recompute as make_again
    from tribune.settings.addresses import kafka_address
    from tribune.settings.secret import read_secret

    set_up_logs(secret_words(settings), logging.CRITICAL)
    address = kafka_address(settings, READER)
    try:
        report = asyncio.run(make_again(KafkaLog(address), board, group_key(read_secret(settings))))
    except CannotRecompute as error:
        fail(error)
    except (KafkaError, OSError) as error:
        fail(f"the log at {address.bootstrap} does not answer: {error or type(error).__name__}")
    click.echo(str(report))
    sys.exit(0 if report.ok else 1)


@click.group(cls=InOrder)
def formula() -> None:
    """The published rules of ranking."""


@formula.command("show")
@click.argument("formula_id", metavar="ID")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def show_formula(settings: Settings, formula_id: str, console: str | None) -> None:
    """Print a formula as it is published, every version, with what it means.

    Example: tribune formula show presentation
    """
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused
    from tribune.commands.formulas import built_in, published, shown

    found = built_in(formula_id)
    try:
        found += published(ConsoleApi.of(settings, console), formula_id)
    except ConsoleRefused as error:
        if not found:
            fail(error)
        click.echo(str(error), err=True)
    if not found:
        fail(f"no broadcast that is loaded has a formula {formula_id}")
    click.echo("\n".join(shown(where, document) for where, document in found))


@click.group(cls=InOrder)
def group() -> None:
    """Close groups of presentations, reveal their boards, print and take back evaluators' cards."""


@group.command("close")
@click.argument("group_id", metavar="ID")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def close_group(settings: Settings, group_id: str, console: str | None) -> None:
    """Close a group: no evaluator changes a mark from then on, and its board is final."""
    _turn_group(settings, console, f"/api/groups/{group_id}/close", b"")


@group.command("reveal")
@click.argument("group_id", metavar="ID")
@click.option("--rows", default="all", show_default=True, help="So many, from the last place up.")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def reveal_group(settings: Settings, group_id: str, rows: str, console: str | None) -> None:
    """Make rows of a group's board public, from the last place up: so many in all."""
    body = json.dumps({"rows": int(rows) if rows.isdecimal() else rows}).encode()
    _turn_group(settings, console, f"/api/groups/{group_id}/reveal", body)


@group.command("versions")
@click.argument("group_id", metavar="ID")
@click.option("--version", type=click.IntRange(1), help="Print this one as JSON, every row.")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def list_versions(
    settings: Settings, group_id: str, version: int | None, console: str | None
) -> None:
    """List the versions of a group's board: who corrected what, when and why; or print one.

    Example: tribune group versions departments --version 1
    """
    from agents.reducers.group_board import board_name
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused

    path = f"/api/boards/{board_name(quote(group_id, ''))}/versions"
    try:
        api = ConsoleApi.of(settings, console)
        found = api.get(f"{path}/{version}" if version else path)
    except ConsoleRefused as error:
        fail(error)
    else:
        lines = [json.dumps(found, ensure_ascii=False)] if version else map(_version_line, found)
        click.echo("\n".join(lines))


@group.command("cards")
@click.argument("broadcast")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(("zh", "en")), default="zh", show_default=True)
@click.option("--evaluator", metavar="ID", help="Only this evaluator's card.")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def write_cards(
    settings: Settings, broadcast: str, file: Path, console: str | None, **asked: str | None
) -> None:
    """Write a page with a card for each evaluator into FILE, to be printed.

    Example: tribune group cards county-2026 cards.html
    """
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused

    query = urlencode({name: value for name, value in asked.items() if value is not None})
    try:
        api = ConsoleApi.of(settings, console)
        page = api.fetch(f"/api/broadcasts/{broadcast}/cards?{query}")
        file.touch(mode=0o600)
        file.write_bytes(page)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except ConsoleRefused as error:
        fail(error)
    else:
        click.echo(f"{file}: print it, hand the cards out in person, and delete it")
        _warn_of_loopback(settings.listen.public_host or str(urlsplit(api.url).hostname))


def _warn_of_loopback(host: str) -> None:
    from dashboards.pages.reach import phones_reach

    if not phones_reach(host):
        click.echo(
            f"no phone can open these cards: they lead to {host}. Set [listen] host = "
            '"0.0.0.0" and public_host = "the name or address of this machine", start again, and '
            "make new ones",
            err=True,
        )


@group.command("revoke-card")
@click.argument("broadcast")
@click.argument("evaluator")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def revoke_card(
    settings: Settings, broadcast: str, evaluator: str, *, yes: bool, console: str | None
) -> None:
    """Take an evaluator's card back, when it is lost: what it opens stops working at once.

    The marks that were given stay. Print a new card afterwards.

    Example: tribune group revoke-card county-2026 l1
    """
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused

    if not yes:
        click.confirm(f"Every card of {evaluator} stops working at once. Go on?", abort=True)
    path = f"/api/broadcasts/{quote(broadcast, '')}/evaluators/{quote(evaluator, '')}/revoke"
    try:
        held = ConsoleApi.of(settings, console).post(path)
    except ConsoleRefused as error:
        fail(error)
    else:
        words = " ".join(name for name in (held["name"]["zh"], held["name"]["en"]) if name)
        click.echo(f"the card of {held['id']} ({words}) is taken back; the marks stay")
        new = f"tribune group cards {broadcast} card.html --evaluator {evaluator}"
        click.echo(f"a new one: {new}")


def _version_line(named: dict[str, Any]) -> str:
    current = " (current)" if named["current"] else ""
    why = named["correction"]
    if why is None:
        return f"version {named['version']}{current}"
    at = datetime.fromtimestamp(why["at"] / 1_000).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    what = f"{why['evaluator']} on {why['slot']}"
    return f"version {named['version']}{current}: {at}, {what}, by {why['by']}: {why['reason']}"


def _turn_group(settings: Settings, console: str | None, path: str, body: bytes) -> None:
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused

    try:
        held = ConsoleApi.of(settings, console).post(path, body, "application/json")
    except ConsoleRefused as error:
        fail(error)
    else:
        state = "closed" if held["closed"] else "open"
        counts = (
            f"{held['missing']} marks missing, {held['revealed']} of {held['of']} rows revealed"
        )
        click.echo(f"{held['id']} is {state}: {counts}")
