from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.pseudonyms import Pseudonyms, voter_name
from streams.keys import derive

SECRET = b"s" * 32
NAMES = st.text("ab\n:\x00é", max_size=4)


def obvious(round_id: str, *parts: str) -> int:
    text = b"".join(len(each.encode()).to_bytes(4, "big") + each.encode() for each in parts)
    key = derive(SECRET, "voters", round_id)
    bits = "".join(f"{byte:08b}" for byte in blake2b(text, key=key, digest_size=8).digest())
    return int(bits[:60], 2)


@given(round_id=NAMES, account=NAMES, voter=NAMES)
def test_a_pseudonym_is_the_top_60_bits_of_the_keyed_hash(
    round_id: str, account: str, voter: str
) -> None:
    expected = obvious(round_id, "wechat", account, voter)
    assert Pseudonyms(SECRET).of(round_id, voter_name("wechat", account, voter)) == expected


@given(one=st.tuples(NAMES, NAMES, NAMES, NAMES), other=st.tuples(NAMES, NAMES, NAMES, NAMES))
def test_two_voters_never_share_a_pseudonym(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    pseudonyms = Pseudonyms(SECRET)
    numbers = [pseudonyms.of(each[0], voter_name(*each[1:])) for each in (one, other)]
    assert (numbers[0] == numbers[1]) == (one == other)


def test_one_voter_has_another_number_in_another_round_and_under_another_secret() -> None:
    numbers = {
        Pseudonyms(secret).of(round_id, voter_name("web", "", "v"))
        for secret in (SECRET, b"t" * 32)
        for round_id in ("r1", "r2")
    }
    assert len(numbers) == 4
