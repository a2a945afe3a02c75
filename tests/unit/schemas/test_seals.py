import pytest

from schemas.markings import MarkPlace, seal_marking
from schemas.scores import Marking
from schemas.seals import NotOpened, Sealed, read_key, seal, seal_alike, unseal, written_key

KEY, ANOTHER = b"k" * 32, b"a" * 32
TEXT = b'{"marks":{"results":55},"submitted":true}'


def group_key(_broadcast: str, _group: str) -> bytes:
    return KEY


def test_what_is_sealed_opens_with_its_key() -> None:
    assert unseal(KEY, seal(KEY, TEXT, "c/g/s1/e1"), "c/g/s1/e1") == TEXT


@pytest.mark.parametrize(("key", "about"), [(ANOTHER, "c/g/s1/e1"), (KEY, "c/g/s2/e1")])
def test_it_opens_with_no_other_key_and_about_nothing_else(key: bytes, about: str) -> None:
    sealed = seal(KEY, TEXT, "c/g/s1/e1")
    with pytest.raises(NotOpened):
        unseal(key, sealed, about)


@pytest.mark.parametrize("broken", [Sealed("", ""), Sealed("?", "!"), Sealed("AAAA", "AAAA")])
def test_what_is_no_seal_does_not_open(broken: Sealed) -> None:
    with pytest.raises(NotOpened):
        unseal(KEY, broken, "")


def test_the_length_of_a_seal_tells_nothing_of_a_mark() -> None:
    sealed = [seal(KEY, text, "x").sealed for text in (TEXT, TEXT + b" " * 9, b"{}")]
    assert len({len(text) for text in sealed}) == 1


def test_also_what_is_longer_than_usual_has_the_length_of_its_kind() -> None:
    place = MarkPlace("c", "g", "s1", "e1")
    sayings = [
        Marking({"results": 9}),
        Marking({f"criterion-number-{n}": 1_000_000 for n in range(20)}, submitted=True),
        Marking(recused="x"),
        Marking(recused="亲" * 500),
        Marking(recused="😀" * 500),
    ]
    sealed = [seal_marking(group_key, place, saying).sealed for saying in sayings]
    assert len({len(text) for text in sealed}) == 1


def test_the_same_marks_are_sealed_another_way_each_time() -> None:
    assert seal(KEY, TEXT, "x") != seal(KEY, TEXT, "x")


def test_who_seals_the_same_board_gets_the_same_bytes() -> None:
    assert seal_alike(KEY, TEXT, "x") == seal_alike(KEY, TEXT, "x")


def test_no_nonce_seals_two_texts() -> None:
    sealed = [seal_alike(KEY, TEXT, "x"), seal_alike(KEY, TEXT, "y"), seal_alike(KEY, b"", "x")]
    sealed.append(seal_alike(KEY, TEXT, "x", 4_096))
    assert len({entry.nonce for entry in sealed}) == len(sealed)


def test_a_published_key_is_read_again() -> None:
    assert read_key(written_key(KEY)) == KEY
    for text in ("", "AAAA", "not base64!"):
        with pytest.raises(NotOpened):
            read_key(text)
