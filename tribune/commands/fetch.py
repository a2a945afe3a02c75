# ruff: noqa: PLC0415 - each command loads only what it needs: processes start fast and small
"""`tribune fetch` and `tribune train`: what no wheel brings, and what makes it start faster."""

from pathlib import Path

import click

from tribune.commands.options import fail


@click.command()
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Take the files from a folder instead, without any network.",
)
def fetch(folder: Path | None) -> None:
    """Fetch the embedded Kafka from Maven Central, where it is not there yet; 45 MB.

    `make setup` does this. Each file must have the SHA-256 of our lock. A mirror, its password and
    a proxy are taken from Maven's settings (~/.m2/settings.xml), a proxy also from HTTPS_PROXY.

    Exit codes: 0 all is there; 1 something could not be fetched, and what was fetched is kept.
    """
    try:
        from tribune.embedded.kafka import fetch as kafka
    except ModuleNotFoundError as error:
        fail(f"tribune fetch: {error.name} is not installed here, as in the container image")
    from tribune.embedded.kafka.lock import locked, version
    from tribune.embedded.kafka.maven import BadMavenSettings, read_settings
    from tribune.embedded.kafka.runtime import kafka_folder

    size, label = sum(jar.size_bytes for jar in locked()), f"fetching Apache Kafka {version()}"
    try:
        bring = kafka.from_folder(folder) if folder else kafka.from_maven(read_settings())
        with click.progressbar(length=size, label=label) as bar:
            kafka.fetch(locked(), kafka_folder(), bring, lambda jar: bar.update(jar.size_bytes))
    except (kafka.CannotFetch, BadMavenSettings, OSError) as error:
        fail(f"tribune fetch: {error}")


@click.command(hidden=True)
def train() -> None:
    """Make the embedded Kafka start faster from now on; `tribune up` does this, once.

    Exit codes: 0 it is done, or was before; 1 it could not be done, and all works as before.
    """
    from tribune.embedded.kafka import train as kafka
    from tribune.embedded.kafka.runtime import NoKafka

    click.echo("Java is learning how Kafka starts, in the background: the next start is faster")
    try:
        made = kafka.train()
    except (NoKafka, kafka.CannotTrain, OSError) as error:
        fail(f"tribune train: {error}")
    else:
        click.echo("it has learnt it" if made else "it is learning already, or has before")
