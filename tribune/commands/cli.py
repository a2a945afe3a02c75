# ruff: noqa: PLC0415 - each command loads only what it needs: processes start fast and small
"""The command `tribune`."""

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any

import click

from tribune.commands.fetch import fetch, train
from tribune.commands.groups import formula, group, recompute
from tribune.commands.options import InOrder, fail, takes_settings
from tribune.commands.presentations import preflight, rundown, session
from tribune.lean import CLICKHOUSE_EXTRAS, do_without
from tribune.logs import set_up_logs
from tribune.settings.addresses import clickhouse_address
from tribune.settings.shape import Settings, secret_words

LONGEST_REASON = 300  # characters: ClickHouse says what is wrong first, then how it came there
NOTHING_COMPARED = 3  # CONTRACT, `tribune reconcile`: neither equal (0) nor different (1)
DOORS = {"operator": "/operator", "stage": "/slides"}
TOKEN_ROLES = ("operator", "evaluator", "moderator", "analyst", "stage")


@click.group(
    cls=InOrder,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  tribune demo                              see an example evening, with nothing to set up
  tribune up                                run everything on this machine
  tribune load county.yaml                  load a broadcast into what runs
  tribune round open satisfaction-2026      let citizens vote
  tribune rundown load county-2026 day.xlsx the presentations in their order
  curl -H "Authorization: Bearer $(tribune token operator)" ...

\b
Settings are in tribune.toml, and each key is a variable too: [ports] console is
TRIBUNE_PORTS_CONSOLE. Sections: listen, kafka, clickhouse, ports, secrets, limits,
wechat.ACCOUNT, webhook.PARTNER, stage.NAME, triggers.NAME; and at the top: data,
rehearsal, simulated (TRIBUNE_DATA, TRIBUNE_REHEARSAL, TRIBUNE_SIMULATED).

\b
Exit codes: 0 done; 1 failed, and standard error says why and what to do;
2 the settings or the command line are wrong.
""",
)
@click.version_option(package_name="tribune-live", prog_name="tribune")
def main() -> None:
    """The evening on which officials answer to citizens: live votes, exact rankings, on air."""


@main.command()
@takes_settings
def up(settings: Settings) -> None:
    """Run everything on this machine, until Ctrl-C or SIGTERM.

    Embedded servers stand in for Kafka and ClickHouse unless [kafka] and [clickhouse] are set.
    State is kept in the folder `data`; the process id of each role in data/run/ROLE.pid. A role
    that dies or hangs is started again. The next start goes on with the same numbers.

    With --rehearsal nothing reaches the real log, archive or devices: data/rehearsal has servers
    and a secret of its own, and every page is marked. Other commands then need --rehearsal too.

    Exit codes: 0 stopped in order; 1 it could not start, or something had to be killed;
    2 the settings are wrong; 130 Ctrl-C twice.
    """
    from tribune.supervise.rundir import InUse
    from tribune.supervise.screen import Screen
    from tribune.supervise.up import PortsTaken
    from tribune.supervise.up import up as run

    screen = Screen(sys.stdout)
    if settings.rehearsal:
        screen.line("tribune", f"a rehearsal, in {settings.data}: nothing real is reached")
    try:
        code = run(settings, screen)
    except (InUse, PortsTaken, OSError) as error:
        fail(error)
    else:
        screen.close()
        sys.exit(code)


@main.command()
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, help="So many times faster.")
@click.option("--citizens", type=click.IntRange(1, 1_000_000), default=3000, help="How many vote.")
@click.option("--exit", "ends", is_flag=True, help="End after the evening; 1 if a check failed.")
@click.option("--json", "as_json", is_flag=True, help="Print one object with every check.")
@takes_settings
def demo(settings: Settings, **options: Any) -> None:
    """Run everything, and play an example evening through the real front doors.

    The example county is loaded, simulated citizens vote by WeChat, a partner's app and the public
    page, and the board moves. It goes on until Ctrl-C, or with --exit until the evening is over.

    Exit codes: 0 all is well; 1 a check failed, or it could not start; 2 the settings are wrong.
    """
    from tribune.demo.run import run

    sys.exit(run(settings, **options))


def _role(name: str, text: str) -> None:
    @main.command(name, help=text)
    @takes_settings
    def role(settings: Settings) -> None:
        from tribune.roles import run

        set_up_logs(secret_words(settings))
        sys.exit(run(name, settings))


_role("gateway", "Run the gateway alone: votes come in by WeChat, signed JSON and the public page.")
_role("worker", "Run a worker alone: it counts and ranks. Run as many as there are machines.")
_role("archive", "Run the archive alone: every fact goes into ClickHouse.")
_role("push", "Run push alone: boards go out to every screen.")
_role("console", "Run the console alone: pages for people, and the API.")
_role("stage", "Run the stage controller alone, near the devices. Two may run at once.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--console", metavar="URL", help="The console, if it is on another machine.")
@takes_settings
def load(settings: Settings, file: Path, console: str | None) -> None:
    """Load a broadcast from a YAML file into what runs, and say what changes.

    The same file again changes nothing. What is wrong is said with line and field, and then
    nothing is changed: exit code 1.

    Example: tribune load examples/county/county.yaml
    """
    from tribune.commands.console_api import ConsoleApi, ConsoleRefused

    try:
        answer = ConsoleApi.of(settings, console).post("/api/broadcasts", file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except ConsoleRefused as error:
        fail("\n".join(f"{file}: {line}" for line in str(error).splitlines()))
    else:
        changes = answer["changes"] or ["nothing changes: the same is loaded already"]
        click.echo("\n".join(f"{answer['id']}: {change}" for change in changes))


@main.group("round", cls=InOrder)
def round_() -> None:
    """Open and close voting rounds."""


def _turn(verb: str, text: str) -> None:
    @round_.command(verb, help=text)
    @click.argument("round_id", metavar="ID")
    @click.option("--console", metavar="URL", help="The console, if it is on another machine.")
    @takes_settings
    def turn(settings: Settings, round_id: str, console: str | None) -> None:
        from tribune.commands.console_api import ConsoleApi, ConsoleRefused

        try:
            answer = ConsoleApi.of(settings, console).post(f"/api/rounds/{round_id}/{verb}")
        except ConsoleRefused as error:
            fail(error)
        else:
            click.echo(f"{answer['id']} is {answer['status']}")


_turn(
    "open", "Open a round: from now on citizens may vote in it. It may be opened again until final."
)
_turn("close", "Close a round: two seconds later its board is final.")

main.add_command(rundown)
main.add_command(session)
main.add_command(preflight)


@main.command()
@click.argument("role", type=click.Choice((*TOKEN_ROLES, "kafka")))
@click.option("--id", "bearer_id", default="", help="Whose it is; of an evaluator, the id.")
@takes_settings
def token(settings: Settings, role: str, bearer_id: str) -> None:
    """Print a bearer token for the console's API, alone on the last line; good for 30 days.

    Of kafka: the password of the user `reader`, who may read the embedded log (SASL_PLAINTEXT,
    SCRAM-SHA-512), good for as long as the data folder.

    Example: curl -H "Authorization: Bearer $(tribune token operator)" ...
    """
    from streams.tokens import issue
    from tribune.settings.addresses import role_url
    from tribune.settings.secret import read_secret, secret_path

    if role == "kafka":
        click.echo(_readers_password(settings))
        return
    if role == "evaluator" and not bearer_id:
        fail("an evaluator's token needs --id, the evaluator's id in the broadcast file", code=2)
    if not settings.secrets.key and not secret_path(settings).exists():
        click.echo(f"a new secret is made, in {secret_path(settings).absolute()}", err=True)
    secret = read_secret(settings)
    made = issue(secret, role, int(time.time()), bearer_id=bearer_id)  # pyright: ignore[reportArgumentType] - checked by click
    if role in DOORS and sys.stdout.isatty():
        page = role_url(settings, "console") + DOORS[role]
        click.echo(f"open {page}#{made}\nor open {page} and paste the last line:", err=True)
    click.echo(made)


def _readers_password(settings: Settings) -> str:
    from tribune.embedded.kafka.rights import READER
    from tribune.settings.addresses import kafka_address

    if settings.own_kafka:
        fail("with [kafka] bootstrap, users and passwords are your own cluster's", code=2)
    address = kafka_address(settings, READER)
    if sys.stdout.isatty():
        click.echo(
            f"the log at {address.bootstrap}, {address.security_protocol}, "
            f"{address.sasl_mechanism}, user {READER}, and this password:",
            err=True,
        )
    return address.password


@main.command()
@click.argument("round_id", metavar="[ROUND]", required=False)
@takes_settings
def reconcile(settings: Settings, round_id: str | None) -> None:
    """Recount a round or a group (or all) from ClickHouse, and compare with the published board.

    Exit codes: 0 equal; 1 any difference, or it could not be recounted; 3 nothing could be compared
    yet, as when a group is not revealed whole.
    """
    do_without(*CLICKHOUSE_EXTRAS)
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from tribune.proof.reconcile import reconcile as compare

    set_up_logs(secret_words(settings), logging.CRITICAL)
    address = clickhouse_address(settings)
    try:
        report = asyncio.run(compare(address, round_id))
    except (ClickHouseError, OSError) as error:
        why = " ".join(str(error).split())[:LONGEST_REASON]
        fail(f"ClickHouse at {address.url} does not answer, or refuses: {why}")
    click.echo(report.summary)
    if not report.ok:
        sys.exit(1)
    sys.exit(0 if report.compared else NOTHING_COMPARED)


main.add_command(recompute)
main.add_command(formula)
main.add_command(group)


@main.command()
@takes_settings
def restore(settings: Settings) -> None:
    """Fill an empty log with what the archive holds, each fact at its old offset.

    For a backup, or for another cluster: [kafka] names the log (the embedded one without), and
    [clickhouse] the archive. A log that is not empty is refused, and so is an archive with a hole,
    or one whose facts give another final board than it published. Nothing else may run meanwhile.
    `tribune up` does the same by itself when the embedded log is new.

    Exit codes: 0 the log is as it was; 1 nothing was restored, and why; 2 the settings are wrong.
    """
    from tribune.supervise.plan import plan
    from tribune.supervise.rundir import InUse
    from tribune.supervise.screen import Screen
    from tribune.supervise.up import PortsTaken, up

    async def nothing_more() -> int:
        return 0

    screen = Screen(sys.stdout)
    try:
        code = up(settings, screen, todo=plan(settings, restore=True), play=nothing_more)
    except (InUse, PortsTaken, OSError) as error:
        fail(error)
    screen.close()
    sys.exit(code)


@main.command()
@takes_settings
def doctor(settings: Settings) -> None:
    """Check configuration, ports, servers, clocks, devices and disk; a line each with what to do.

    Exit code 1 if something would fail.
    """
    from tribune.doctor.doctor import all_well, examine

    findings = examine(settings)
    for finding in findings:
        click.echo(str(finding))
    sys.exit(0 if all_well(findings) else 1)


main.add_command(fetch)
main.add_command(train)


@main.command("open-log", hidden=True)
@click.option("--restore", is_flag=True, help="Fill it from the archive; it must be empty.")
@takes_settings
def open_log(settings: Settings, *, restore: bool) -> None:
    """Make users, rights and topics of the embedded log, and fill a new one; `up` does this."""
    from tribune.restore.open_log import run

    set_up_logs(secret_words(settings))
    sys.exit(run(settings, restore=restore))


_role("clickhouse", "Run the embedded ClickHouse alone.")
main.commands["clickhouse"].hidden = True
_role("broker", "Run the embedded Kafka alone.")
main.commands["broker"].hidden = True
