import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.stage.links.osc import NotOsc, decode, encode

Address = st.from_regex(r"/[a-z0-9/]{1,20}", fullmatch=True)
Argument = (
    st.integers(-(1 << 31), (1 << 31) - 1)
    | st.floats(width=32, allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
)


def test_the_examples_of_the_specification() -> None:
    assert encode("/oscillator/4/frequency", 440.0) == (
        b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0"
    )
    assert encode("/foo", 1000, -1, "hello", 1.234, 5.678) == (
        b"/foo\0\0\0\0,iisff\0\0\0\0\x03\xe8\xff\xff\xff\xffhello\0\0\0"
        b"\x3f\x9d\xf3\xb6\x40\xb5\xb2\x2d"
    )


def test_the_mixers_mute() -> None:
    assert encode("/ch/01/mix/on", 0) == b"/ch/01/mix/on\0\0\0,i\0\0\0\0\0\0"
    assert encode("/ch/01/mix/on") == b"/ch/01/mix/on\0\0\0"


@given(Address, st.lists(Argument, max_size=5))
def test_what_is_written_is_read_back(address: str, arguments: list[int | float | str]) -> None:
    datagram = encode(address, *arguments)
    assert len(datagram) % 4 == 0
    assert decode(datagram) == (address, arguments)


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(datagram: bytes) -> None:
    try:
        address, _ = decode(datagram)
    except NotOsc:
        return
    assert address.startswith("/")


@pytest.mark.parametrize(
    "datagram", [b"", b"#bundle\0", b"/a\0\0,b\0\0\0\0\0\0", b"/a\0\0,i\0\0\0"]
)
def test_what_is_no_message_is_refused(datagram: bytes) -> None:
    with pytest.raises(NotOsc):
        decode(datagram)
