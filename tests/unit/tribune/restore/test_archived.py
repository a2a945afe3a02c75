import struct

from hypothesis import given
from hypothesis import strategies as st

from tribune.restore.archived import Fact, read_facts

texts = st.none() | st.binary(max_size=300)
facts = st.lists(
    st.builds(Fact, st.integers(0, 1 << 50), st.integers(0, 1 << 45), key=texts, value=texts),
    max_size=6,
)


def row_binary(fact: Fact) -> bytes:
    return struct.pack("<Qq", fact.offset, fact.at) + text(fact.key) + text(fact.value)


def text(value: bytes | None) -> bytes:
    if value is None:
        return b"\x01"
    length, digits = len(value), []
    while length >= 128:
        digits.append(length % 128 + 128)
        length //= 128
    return b"\x00" + bytes([*digits, length]) + value


@given(facts, st.data())
def test_facts_come_out_as_they_went_in_wherever_the_stream_is_cut(
    wanted: list[Fact], data: st.DataObject
) -> None:
    stream = b"".join(map(row_binary, wanted))
    cut = data.draw(st.integers(0, len(stream)))
    first, rest = read_facts(stream[:cut])
    then, left = read_facts(rest + stream[cut:])
    assert first + then == wanted
    assert left == b""
