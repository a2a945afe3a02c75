from base64 import b64decode, b64encode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.wechat.crypto import decrypt, encrypt
from tests.support.wechat import (
    DEMO_APPID,
    DEMO_ENCRYPT,
    DEMO_KEY,
    DOC_APPID,
    DOC_ENCRYPT,
    DOC_REPLY_ENCRYPT,
)

DOC = bytes(32)
DEMO = b64decode(DEMO_KEY + "=")


def test_the_published_message_opens():
    opened = decrypt(DOC_ENCRYPT, [DOC], DOC_APPID)
    assert opened is not None
    assert len(opened.message) == 167
    assert orjson.loads(opened.message)["Event"] == "debug_demo"


def test_the_published_answer_is_encrypted_to_the_byte():
    answer = encrypt(b'{"demo_resp":"good luck"}', DOC, DOC_APPID, b"707722b803182950")
    assert answer == DOC_REPLY_ENCRYPT


def test_the_classic_xml_example_opens():
    opened = decrypt(DEMO_ENCRYPT, [DEMO], DEMO_APPID)
    assert opened is not None
    assert b"<Content><![CDATA[abcdteT]]></Content>" in opened.message


def test_a_message_for_another_appid_does_not_open():
    assert decrypt(DOC_ENCRYPT, [DOC], "wx0000000000000000") is None
    assert decrypt(DOC_ENCRYPT, [DOC], DOC_APPID + "0") is None
    assert decrypt(DOC_ENCRYPT, [DOC], "") is None


def test_the_previous_key_still_opens_and_is_named():
    opened = decrypt(DOC_ENCRYPT, [DEMO, DOC], DOC_APPID)
    assert opened is not None
    assert opened.key == DOC
    assert decrypt(DOC_ENCRYPT, [DEMO], DOC_APPID) is None
    assert decrypt(DOC_ENCRYPT, [], DOC_APPID) is None


@pytest.mark.parametrize(
    "text", ["", "=", "%%%%", "密文", "AAAA", b64encode(bytes(16)).decode(), DOC_ENCRYPT[:-8]]
)
def test_what_is_no_ciphertext_opens_for_nobody(text):
    assert decrypt(text, [DOC], DOC_APPID) is None


@given(
    st.binary(max_size=200),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=16, max_size=16),
)
def test_what_is_encrypted_opens_again_in_blocks_of_32(message, key, random16):
    encrypted = encrypt(message, key, DEMO_APPID, random16)
    assert len(b64decode(encrypted)) % 32 == 0
    assert decrypt(encrypted, [key], DEMO_APPID) == (message, key)


@given(st.binary(max_size=200), st.data())
def test_a_changed_ciphertext_never_raises(message, data):
    raw = bytearray(b64decode(encrypt(message, DEMO, DEMO_APPID, bytes(16))))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    decrypt(b64encode(raw).decode(), [DEMO], DEMO_APPID)
