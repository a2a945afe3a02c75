import base64
from datetime import UTC, datetime

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from streams.signatures import (
    BadSecret,
    NotSigned,
    SignedHeaders,
    read_secret,
    sign,
    verify,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = read_secret(SECRET)
NOW_S = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The example of the specification."""


def signed(
    message_id: str | None = "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: str | None = str(NOW_S),
    signature: str | None = SIGNATURE,
) -> SignedHeaders:
    return message_id, timestamp, signature


def verified_at(headers: SignedHeaders, *, now_s: int = NOW_S) -> int:
    message_id, timestamp = verify(KEY, headers, BODY, now_s)
    assert message_id == headers[0]
    return timestamp


def refused(headers: SignedHeaders, *, now_s: int = NOW_S, body: bytes = BODY) -> tuple[str, str]:
    with pytest.raises(NotSigned) as caught:
        verify(KEY, headers, body, now_s)
    return caught.value.field, caught.value.reason


def test_the_specifications_own_example_is_signed() -> None:
    assert verified_at(signed()) == NOW_S


def test_any_of_several_signatures_may_match() -> None:
    several = f"v1,{'A' * 43}= v2,whatever {SIGNATURE} v1a,other"
    assert verified_at(signed(signature=several)) == NOW_S


def test_a_signature_of_another_version_or_none_does_not_count() -> None:
    only = SIGNATURE.removeprefix("v1,")
    for offered in (f"v2,{only}", f"v1a,{only}", only, f"v1{only}", f"V1,{only}", "v1,", "é"):
        assert refused(signed(signature=offered)) == ("webhook-signature", "bad_signature")


@pytest.mark.parametrize("now_s", [NOW_S - 300, NOW_S + 300])
def test_five_minutes_either_way_are_fresh(now_s: int) -> None:
    assert verified_at(signed(), now_s=now_s) == NOW_S


@pytest.mark.parametrize("now_s", [NOW_S - 301, NOW_S + 301])
def test_more_than_five_minutes_either_way_are_stale(now_s: int) -> None:
    assert refused(signed(), now_s=now_s) == ("webhook-timestamp", "stale")


@pytest.mark.parametrize("timestamp", [None, "", "soon", "-5", "1e9", "16142653.5", "9" * 12, "١٢"])
def test_a_timestamp_is_whole_seconds(timestamp: str | None) -> None:
    assert refused(signed(timestamp=timestamp)) == ("webhook-timestamp", "bad_header")


@pytest.mark.parametrize("message_id", [None, "", "m" * 257])
def test_an_id_has_1_to_256_characters(message_id: str | None) -> None:
    assert refused(signed(message_id=message_id)) == ("webhook-id", "bad_header")


@pytest.mark.parametrize("signature", [None, ""])
def test_a_signature_must_be_there(signature: str | None) -> None:
    assert refused(signed(signature=signature)) == ("webhook-signature", "bad_header")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_secret_is_said_without_saying_it(secret: str) -> None:
    with pytest.raises(BadSecret) as caught:
        read_secret(secret)
    assert secret == "" or secret not in str(caught.value)


def test_a_secret_may_come_without_its_padding() -> None:
    assert read_secret("whsec_YQ") == read_secret("whsec_YQ==") == b"a"


@given(key=st.binary(min_size=1, max_size=64), message_id=st.text("abc_.é", min_size=1, max_size=9))
def test_a_foreign_client_signs_the_same(key: bytes, message_id: str) -> None:
    foreign = standardwebhooks.Webhook("whsec_" + base64.b64encode(key).decode())
    at = datetime.fromtimestamp(NOW_S, tz=UTC)
    assert sign(key, message_id, NOW_S, BODY) == foreign.sign(message_id, at, BODY.decode())


@given(place=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_no_bit_of_the_body_can_be_changed(place: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 1 << bit
    assert refused(signed(), body=bytes(changed)) == ("webhook-signature", "bad_signature")
