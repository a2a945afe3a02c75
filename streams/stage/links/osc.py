"""Messages of Open Sound Control 1.0: an address, types, and arguments, in steps of four bytes."""

import struct

Argument = int | float | str


class NotOsc(ValueError):
    """A datagram that is no OSC message."""


def encode(address: str, *arguments: Argument) -> bytes:
    """Write a message; its arguments are whole numbers (`i`), numbers (`f`) and texts (`s`)."""
    types, content = ",", b""
    for argument in arguments:
        match argument:
            case int():
                types, content = f"{types}i", content + struct.pack(">i", argument)
            case float():
                types, content = f"{types}f", content + struct.pack(">f", argument)
            case str():
                types, content = f"{types}s", content + _text(argument)
    return _text(address) + (_text(types) if arguments else b"") + content


def decode(datagram: bytes) -> tuple[str, list[Argument]]:
    """Read a message.

    Raises:
        NotOsc: it is none, or holds other types.
    """
    try:
        address, place = _read_text(datagram, 0)
        if not address.startswith("/"):
            raise NotOsc("no address")
        if place >= len(datagram):
            return address, []
        types, place = _read_text(datagram, place)
        found: list[Argument] = []
        for kind in types.removeprefix(","):
            if kind == "s":
                text, place = _read_text(datagram, place)
                found.append(text)
                continue
            if kind not in "if":
                raise NotOsc(f"the type {kind!r}")
            found += struct.unpack_from(f">{kind}", datagram, place)
            # both `i` and `f` have 4 bytes
            place += 4
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise NotOsc(str(error)) from None
    return address, found


def _text(text: str) -> bytes:
    content = text.encode() + b"\0"
    return content + b"\0" * (-len(content) % 4)


def _read_text(datagram: bytes, place: int) -> tuple[str, int]:
    end = datagram.index(b"\0", place)
    return datagram[place:end].decode(), (end // 4 + 1) * 4
