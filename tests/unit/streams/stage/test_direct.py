import pytest

from streams.stage.direct import FRESH_MS, HEADER, CutOrder, NotOurs, sign, signed, verify

SECRET = b"a secret of these tests"
ORDER = CutOrder(id="c1", by="operator:1", at=1_000_000, broadcast="county", slot="s1")


def check(body: bytes, signature: str | None, now: int = 1_000_000) -> CutOrder:
    return verify(SECRET, body, signature, CutOrder, now)


def test_what_we_signed_is_read() -> None:
    body, headers = signed(SECRET, ORDER)
    assert check(body, headers[HEADER]) == ORDER


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "é", "\udcff"])
def test_another_signature_is_refused(signature: str | None) -> None:
    with pytest.raises(NotOurs, match="signature"):
        check(signed(SECRET, ORDER)[0], signature)


def test_another_body_is_refused() -> None:
    body, headers = signed(SECRET, ORDER)
    with pytest.raises(NotOurs, match="signature"):
        check(body.replace(b"s1", b"s2"), headers[HEADER])


@pytest.mark.parametrize("now", [ORDER.at - FRESH_MS - 1, ORDER.at + FRESH_MS + 1])
def test_what_is_not_of_now_is_refused(now: int) -> None:
    body, headers = signed(SECRET, ORDER)
    with pytest.raises(NotOurs, match="half a minute"):
        check(body, headers[HEADER], now)


def test_another_shape_is_refused() -> None:
    with pytest.raises(NotOurs, match="version"):
        check(b'{"id":1}', sign(SECRET, b'{"id":1}'))
