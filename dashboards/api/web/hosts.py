"""Which names a console may be called by when something is to be written.

A page of a stranger can make its own name point at this machine (DNS rebinding) and then speak to
the console as if it were its own. It cannot do that to an address, to `localhost`, or to a name
without a dot, which only local resolvers know.
"""

import re

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")


def host_name(header: str) -> str | None:
    """The name in a Host header, without the port; None when it is malformed."""
    found = HOST.fullmatch(header.strip())
    return found["name"].lower() if found else None


def may_write(header: str, public_host: str) -> bool:
    """Whether a request with this Host header may write."""
    name = host_name(header)
    if name is None:
        return False
    is_local = "." not in name or name.endswith(".localhost")
    is_address = name.startswith("[") or IPV4.fullmatch(name) is not None
    return is_local or is_address or name == (host_name(public_host) or "")
