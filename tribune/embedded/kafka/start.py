"""Becomes the embedded Kafka: checks what can be checked, writes its settings, starts Java."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from tribune.embedded.kafka import runtime
from tribune.embedded.kafka.aot import aot_options
from tribune.embedded.kafka.folder import check_machine, open_folder
from tribune.embedded.kafka.node import JVM, LOG4J, MAIN, Node, server_properties
from tribune.embedded.kafka.rights import ADMIN
from tribune.settings.secret import log_password, write_private
from tribune.settings.shape import PRIVATE, Settings

# They would change what was measured, and print a line at each start.
NOT_FOR_OUR_JAVA = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def log_folder(settings: Settings) -> Path:
    """Where the log lies."""
    return settings.data / "log"


def controller_password(settings: Settings) -> str:
    """The controller's password since the broker's last start."""
    return (settings.run_dir / "kafka" / "controller").read_text(encoding="ascii").strip()


def start(settings: Settings) -> NoReturn:
    """Become the broker: this process goes on as Java.

    Raises:
        NoKafka: there is no Java here, or no Kafka.
        CannotStart: the folder or the machine would not do.
        OSError: a file cannot be written.
    """
    settings.data.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    check_machine(settings.data)
    command = java_command(settings, aot_options(JVM))
    open_folder(log_folder(settings))
    os.execve(command[0], command, java_environment())  # noqa: S606 - our own words


def java_environment() -> dict[str, str]:
    """Give the variables that Java gets."""
    return {key: value for key, value in os.environ.items() if key not in NOT_FOR_OUR_JAVA}


def java_command(settings: Settings, further: Iterable[str] = ()) -> list[str]:
    """Write the settings for one start of Kafka (0600), and give the command that starts it.

    `further` options come after those with which every Kafka runs.

    Raises:
        NoKafka: there is no Java here, or no Kafka.
    """
    java, jars = runtime.java_program(), runtime.class_path()
    home = (settings.run_dir / "kafka").absolute()
    home.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    password = secrets.token_urlsafe(32)
    node = Node(
        settings.ports.broker,
        settings.ports.broker_controller,
        log_folder(settings).absolute(),
        settings.kafka.flush_ms,
        log_password(settings, ADMIN),
        password,
    )
    write_private(home / "controller", password + "\n")
    write_private(home / "server.properties", server_properties(node))
    write_private(home / "log4j2.properties", LOG4J)
    return [
        str(java),
        *JVM,
        *further,
        f"-XX:ErrorFile={home / 'java-crash.log'}",
        f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}",
        *("-cp", ":".join(map(str, jars))),
        MAIN,
        str(home / "server.properties"),
    ]
